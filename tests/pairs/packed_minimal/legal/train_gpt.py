import glob,math,os,time
import numpy as np
import torch
from torch import nn
import torch.nn.functional as F
E=os.environ.get
N=int(E('LAYERS','8'));D=int(E('DIM','512'));S=int(E('SEQ','1024'));C=int(E('CHUNK','32'))
def R(k):return torch.from_numpy(np.concatenate([np.fromfile(p,np.uint16)[512:] for p in sorted(glob.glob(E('DATA_PATH','data/datasets/fineweb10B_sp1024')+'/fineweb_%s_*.bin'%k))]).astype(np.int64))
class B(nn.Module):
    def __init__(s):super().__init__();s.a=nn.Linear(D,3*D,False);s.b=nn.Linear(D,D,False);s.c=nn.Linear(D,4*D,False);s.d=nn.Linear(4*D,D,False)
    def forward(s,x):
        q,k,v=[z.unflatten(-1,(8,-1)).transpose(1,2) for z in s.a(F.rms_norm(x,(D,))).chunk(3,-1)];x=x+s.b(F.scaled_dot_product_attention(q,k,v,is_causal=True).transpose(1,2).flatten(2))
        return x+s.d(F.relu(s.c(F.rms_norm(x,(D,)))).square())
class G(nn.Module):
    def __init__(s):super().__init__();s.e=nn.Embedding(1024,D);s.h=nn.Sequential(*[B() for _ in range(N)])
    def forward(s,x,y,r='mean'):return F.cross_entropy(F.linear(F.rms_norm(s.h(s.e(x)),(D,)),s.e.weight).float().flatten(0,1),y.flatten(),reduction=r)
def train(m):
    d=R('train');o=torch.optim.AdamW(m.parameters(),1e-3);t=time.time();n=0
    while time.time()-t<595:
        i=torch.randint(len(d)-S-1,(64,));w=torch.stack([d[j:j+S+1] for j in i]).cuda();l=m(w[:,:-1],w[:,1:]);o.zero_grad();l.backward();o.step();n+=1
    print('%d steps in %.1fs'%(n,time.time()-t))
def ttt(m,v,b):
    o=torch.optim.SGD(m.parameters(),2e-3,.9);n=(len(v)-1)//S;X=v[:n*S].view(n,S);Y=v[1:n*S+1].view(n,S);L=0.
    for i in range(0,n,C):
        x,y=X[i:i+C].cuda(),Y[i:i+C].cuda()
        with torch.no_grad():L+=m(x,y,'sum').item()
        l=m(x,y);o.zero_grad();l.backward();o.step()
    return L/math.log(2)/b[Y.flatten()].sum().item()
if __name__=='__main__':
    m=G().cuda();train(m);torch.save(m.half().state_dict(),'m.pt');print('%.2fMB'%(os.path.getsize('m.pt')/1e6));m.load_state_dict(torch.load('m.pt'));m.float();print('ttt bpb:%.4f'%ttt(m,R('val'),torch.load('lut.pt')))
