from .model import Model
from .optim import Lion
