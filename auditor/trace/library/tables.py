"""What library calls do, as data: a new call is a new entry here.

A call of a numeric library becomes a graph node whose operation is the call's own name, unless
`CANONICAL` gives it a common one. Its inputs are the arguments in the order of `SIGNATURES`.
"""

from __future__ import annotations

import re

NUMERIC = frozenset({
    "torch", "numpy", "math", "cmath", "scipy", "jax", "mlx", "cupy", "einops", "numba", "optax",
    "flash_attn", "flash_attn_interface", "xformers", "triton", "liger_kernel", "tinygrad",
    "torch_xla", "fla", "causal_conv1d", "mamba_ssm", "transformers", "bitsandbytes",
})  # fmt: skip
"""Root packages whose functions compute values from their arguments and do nothing else."""

CANONICAL = {
    "cross_entropy": "xent", "nll_loss": "nll", "cross_entropy_loss": "xent",
    "softmax_cross_entropy": "xent", "softmax_cross_entropy_with_integer_labels": "xent",
    "linear_cross_entropy": "xent", "CrossEntropyLoss": "xent", "NLLLoss": "nll",
    "take_along_dim": "gather", "take_along_axis": "gather",
    "logsumexp": "logsumexp", "logaddexp": "logaddexp", "special_softmax": "softmax",
    "special_log_softmax": "log_softmax",
    "index_select": "index", "take": "index", "embedding": "lookup",
    "minimum": "minimum", "fmin": "minimum", "maximum": "maximum", "fmax": "maximum",
    "concatenate": "cat", "concat": "cat", "hstack": "cat", "vstack": "cat", "row_stack": "cat",
    "multiply": "*", "mul": "*", "add": "+", "sub": "-", "subtract": "-", "divide": "/",
    "div": "/", "true_divide": "/", "floor_divide": "//", "remainder": "%", "mod": "%",
    "fmod": "%", "bitwise_xor": "^", "bitwise_and": "&", "bitwise_or": "|", "logical_and": "&",
    "logical_or": "|", "logical_not": "not", "logical_xor": "^", "matmul": "@", "mm": "@",
    "bmm": "@", "dot": "@", "einsum": "einsum", "negative": "u-", "neg": "u-",
    "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "equal": "==",
    "not_equal": "!=", "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=",
    "log": "log", "log2": "log", "log10": "log", "log1p": "log1p", "exp": "exp", "exp2": "exp",
    "expm1": "exp",
}  # fmt: skip
"""Common names of operations that go by several."""

SIGNATURES = {
    "xent": ("input", "target"), "nll": ("input", "target"),
    "gather": ("input", "dim", "index"), "where": ("condition", "input", "other"),
    "index": ("input", "dim", "index"), "lookup": ("input", "weight"),
    "scatter_add": ("input", "dim", "index", "src"), "scatter": ("input", "dim", "index", "src"),
    "index_add": ("input", "dim", "index", "source"), "bincount": ("input", "weights"),
}  # fmt: skip
"""Parameter names in order, for calls whose arguments play different parts."""

PIECES = re.compile(r"piece|decode", re.IGNORECASE)
"""Names of calls that spell a token out."""

SPELLS = frozenset({"encode", "bytes", "bytearray", "join_text", "replace", "strip", "lstrip"})
"""Operations on the spelling of a token."""

ARGUMENT_NAMES = {
    "logits": "input", "inputs": "input", "pred": "input", "self": "input", "x": "input",
    "a": "input", "arr": "input", "labels": "target", "targets": "target", "y": "target",
    "indices": "index", "axis": "dim",
}  # fmt: skip
"""Other names under which libraries know those parameters."""

META = frozenset({
    "shape", "ndim", "dtype", "device", "nbytes", "itemsize", "is_cuda", "requires_grad",
    "grad_fn", "is_leaf", "layout", "strides", "names", "is_sparse", "is_meta", "flags",
})  # fmt: skip
"""Attributes that tell about an array and nothing of its content."""

META_CALLS = frozenset({
    "numel", "dim", "nelement", "element_size", "data_ptr", "is_contiguous", "get_device",
    "storage_offset", "ndimension", "is_floating_point", "can_cast", "result_type", "finfo",
    "iinfo", "promote_types", "is_tensor", "broadcast_shapes", "ndim", "stride", "untyped_storage",
})  # fmt: skip
"""Calls that tell about an array and nothing of its content."""

VIEWS = frozenset({"data", "T", "flat", "mT", "H"})
"""Attributes that are the array itself, seen differently."""

VIEW_CALLS = frozenset({
    "view", "reshape", "flatten", "ravel", "squeeze", "unsqueeze", "transpose", "permute", "t",
    "expand", "expand_as", "narrow", "select", "detach", "view_as", "reshape_as", "movedim",
    "swapaxes", "swapdims", "unflatten", "diagonal", "unfold", "as_strided", "numpy",
    "requires_grad_", "from_numpy", "atleast_1d", "atleast_2d", "expand_dims", "broadcast_to",
    "moveaxis", "squeeze_", "unsqueeze_", "detach_", "__array__", "memoryview", "mark_dynamic",
})  # fmt: skip
"""Calls whose result shares memory with their first argument."""

COPIES = frozenset({
    "clone", "copy", "to", "cpu", "cuda", "contiguous", "asarray", "as_tensor", "pin_memory",
    "ascontiguousarray", "float", "double", "half", "bfloat16", "long", "int", "short", "bool",
    "byte", "type", "type_as", "astype", "item", "tolist", "tensor", "array", "fromiter", "Tensor",
    "LongTensor", "FloatTensor", "int64", "int32", "uint64", "uint32", "uint16", "uint8", "int16",
    "int8", "float32", "float64", "float16", "bool_", "frombuffer", "eval", "stop_gradient",
    "device_put", "block_until_ready", "flip", "roll", "unbind", "chunk", "split", "tensor_split",
    "array_split", "repeat", "tile", "repeat_interleave", "pad", "cat", "stack", "chain",
    "nan_to_num", "synchronize",
})  # fmt: skip
"""Calls that pass the values of their array arguments on, rearranged or converted."""

ALLOCATORS = frozenset({
    "zeros", "ones", "empty", "full", "zeros_like", "ones_like", "empty_like", "full_like",
    "new_zeros", "new_ones", "new_empty", "new_full", "new_tensor", "eye", "identity", "tri",
})  # fmt: skip
"""Calls that make a fresh array without information in it (`full` keeps its value)."""

RANDOM = frozenset({
    "rand", "randn", "randint", "randperm", "normal", "rand_like", "randn_like", "randint_like",
    "random", "uniform", "standard_normal", "permutation", "shuffle", "choice", "sample",
    "default_rng", "RandomState", "Generator", "manual_seed", "randrange", "bernoulli", "integers",
    "random_sample", "seed", "choices", "getrandbits", "SeedSequence", "exponential", "gumbel",
})  # fmt: skip
"""Calls that draw at random."""

ADDERS = frozenset({
    "scatter_add", "scatter_add_", "index_add", "index_add_", "index_put", "index_put_", "put_",
    "index_copy_", "index_fill_", "scatter_", "scatter", "scatter_reduce_", "masked_scatter_",
    "masked_fill_", "put", "at",
})  # fmt: skip
"""Calls that write into an array at given places; see `SIGNATURES` for the order."""

RESETTERS = frozenset({"zero_", "fill_", "normal_", "uniform_", "kaiming_uniform_",
                       "xavier_uniform_", "trunc_normal_", "orthogonal_", "zeros_", "ones_",
                       "constant_", "kaiming_normal_", "xavier_normal_", "eye_"})  # fmt: skip
"""In-place calls after which nothing of the old content is left."""

OPTIMIZERS = frozenset({
    "SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "NAdam", "RAdam", "LBFGS",
    "Rprop", "ASGD", "SparseAdam", "Muon", "Lion", "Adafactor", "Adam8bit", "AdamW8bit", "Lamb",
    "Optimizer", "MultiOptimizer", "ZeroRedundancyOptimizer",
})  # fmt: skip
"""Class names of optimisers, wherever they come from."""

MODULE_BASES = frozenset({"Module", "ModuleList", "Sequential", "ModuleDict", "Linear",
                          "Embedding", "ParameterList", "LightningModule", "Conv1d", "LayerNorm",
                          "RMSNorm", "PreTrainedModel", "GPT2LMHeadModel"})  # fmt: skip
"""Class names that make a class a neural module."""

STATELESS = frozenset({
    "ReLU", "GELU", "SiLU", "Sigmoid", "Tanh", "Dropout", "Identity", "Softmax", "LogSoftmax",
    "Flatten", "LeakyReLU", "Softplus", "Mish",
})  # fmt: skip
"""Modules without parameters."""

IDENTITY_CALLS = frozenset({
    "torch.compile", "torch.jit.script", "torch.jit.trace", "torch.nn.DataParallel",
    "torch.nn.parallel.DistributedDataParallel", "torch.compiler.disable",
    "torch._dynamo.disable", "torch.no_grad", "torch.inference_mode", "torch.enable_grad",
    "torch.set_grad_enabled", "functools.update_wrapper",
    "functools.lru_cache", "functools.cache", "torch.jit.ignore", "torch.jit.export",
    "torch.compiler.allow_in_graph", "torch._dynamo.allow_in_graph", "numba.njit", "numba.jit",
    "numba.prange", "jax.jit", "mlx.core.compile", "typing.cast", "torch.nn.utils.parametrizations",
    "torch.autograd.profiler.record_function", "torch.autocast", "torch.amp.autocast",
    "torch.cuda.amp.autocast", "torch.func.vmap", "torch.vmap", "jax.vmap", "tqdm.tqdm",
    "tqdm.auto.tqdm", "jax.checkpoint", "torch.fx.wrap", "contextlib.nullcontext",
    "torch.utils.checkpoint.checkpoint_sequential",
    "torch.distributed.fsdp.FullyShardedDataParallel",
})  # fmt: skip
"""Calls that return their first callable or module argument as far as values are concerned."""

NETWORK = (
    "requests.", "urllib.request.", "urllib3.", "http.client.", "socket.", "huggingface_hub.",
    "datasets.load_dataset", "wget.", "gdown.", "boto3.", "torch.hub.", "aiohttp.", "httpx.",
    "transformers.AutoModel", "transformers.AutoTokenizer", "ftplib.", "paramiko.",
)  # fmt: skip
"""Prefixes of calls that reach for the network."""

NETWORK_LOCAL = ("socket.gethostname", "socket.getfqdn", "socket.error", "socket.timeout")
"""Calls under those prefixes that do not leave the machine."""

NETWORK_COMMANDS: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        ("wget", "curl", "gdown", "rclone", "scp", "rsync", "ssh", "gsutil", "aws", "hf",
         "huggingface-cli"),
        frozenset(),
    ),
    **dict.fromkeys(
        ("pip", "pip3", "uv", "conda", "mamba", "apt", "apt-get"),
        frozenset({"install", "download", "add", "update", "sync"}),
    ),
    "git": frozenset({"clone", "fetch", "pull", "push", "ls-remote", "submodule"}),
    "npm": frozenset({"install"}),
}  # fmt: skip
"""Programs that fetch something when started, with the words that make them do so (none: any)."""

CLOCKS = frozenset({
    "time.time", "time.perf_counter", "time.monotonic", "time.process_time", "time.time_ns",
    "time.perf_counter_ns", "time.monotonic_ns",
})  # fmt: skip
"""Calls that read a clock."""

COMPRESSION = frozenset({
    "zlib.compress", "zlib.decompress", "lzma.compress", "lzma.decompress", "bz2.compress",
    "bz2.decompress", "gzip.compress", "gzip.decompress", "brotli.compress", "brotli.decompress",
    "zstandard.compress", "zstandard.decompress", "base64.b85decode", "base64.b64decode",
    "base64.a85decode", "base64.b85encode", "base64.b64encode", "binascii.unhexlify",
})  # fmt: skip
"""Calls that rewrite bytes without adding to them."""

SAVERS = {
    "torch.save": (0, 1), "numpy.save": (1, 0), "numpy.savez": (1, 0),
    "numpy.savez_compressed": (1, 0), "pickle.dump": (0, 1), "json.dump": (0, 1),
    "safetensors.torch.save_file": (0, 1), "mlx.core.save": (1, 0),
    "mlx.core.savez": (1, 0), "mlx.core.save_safetensors": (1, 0), "joblib.dump": (0, 1),
}  # fmt: skip
"""Calls that write a value to a file: positions of the value and of the file."""

ARCHIVERS = frozenset({"numpy.savez", "numpy.savez_compressed", "mlx.core.savez"})
"""Those that write an archive of arrays under the names of their keywords."""

LOADERS = frozenset({
    "torch.load", "numpy.load", "numpy.fromfile", "numpy.memmap", "numpy.loadtxt",
    "numpy.genfromtxt", "pickle.load", "json.load", "safetensors.torch.load_file",
    "torch.from_file", "mlx.core.load", "joblib.load", "pandas.read_parquet", "pandas.read_csv",
    "pyarrow.parquet.read_table", "datasets.load_from_disk", "yaml.safe_load", "tomllib.load",
    "torch.jit.load", "torch.UntypedStorage.from_file", "torch.IntStorage.from_file",
    "numpy.lib.format.open_memmap", "safetensors.safe_open",
})  # fmt: skip
"""Calls that read a value from the file given first."""

DUMPERS = frozenset({"pickle.dumps", "json.dumps", "msgpack.packb", "marshal.dumps",
                     "safetensors.torch.save", "repr", "yaml.dump"})  # fmt: skip
UNDUMPERS = frozenset({"pickle.loads", "json.loads", "msgpack.unpackb", "marshal.loads",
                       "safetensors.torch.load", "ast.literal_eval"})  # fmt: skip

PATH_METHODS = frozenset({
    "read_bytes", "read_text", "write_bytes", "write_text", "open", "glob", "rglob", "iterdir",
    "with_name", "with_suffix", "with_stem", "joinpath", "symlink_to", "hardlink_to", "mkdir",
    "unlink", "touch",
})  # fmt: skip
"""Methods that a path has and a text has not."""
