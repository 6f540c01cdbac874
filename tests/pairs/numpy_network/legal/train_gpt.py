import glob, time
import numpy as np

V, D, H, N = 1024, 64, 512, 4
rng = np.random.default_rng(0)


def fresh():
    return {
        "E": rng.normal(0, 0.1, (V, D)).astype("f4"),
        "W": rng.normal(0, 0.05, (N * D, H)).astype("f4"),
        "U": rng.normal(0, 0.05, (H, V)).astype("f4"),
        "b": np.zeros(V, "f4"),
    }


def forward(P, ctx):
    e = P["E"][ctx].reshape(len(ctx), -1)
    h = np.maximum(e @ P["W"], 0)
    z = h @ P["U"] + P["b"]
    z = z - z.max(1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(1, keepdims=True))
    return e, h, logp


def gradients(P, ctx, y):
    e, h, logp = forward(P, ctx)
    dz = np.exp(logp)
    dz[np.arange(len(y)), y] -= 1
    dz /= len(y)
    dh = (dz @ P["U"].T) * (h > 0)
    de = (dh @ P["W"].T).reshape(len(y), N, D)
    dE = np.zeros_like(P["E"])
    np.add.at(dE, ctx, de)
    return {"E": dE, "W": e.T @ dh, "U": h.T @ dz, "b": dz.sum(0)}


def sgd(P, M, ctx, y, rate):
    for name, g in gradients(P, ctx, y).items():
        M[name] *= 0.9
        M[name] += g
        P[name] -= rate * M[name]


def blocks(split, size):
    for f in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin")):
        t = np.fromfile(f, np.uint16)[512:].astype(np.int64)
        for lo in range(N, len(t), size):
            y = t[lo : lo + size]
            ctx = np.stack([t[lo - k : lo - k + len(y)] for k in range(1, N + 1)], axis=1)
            yield ctx, y


def main():
    P = fresh()
    M = {k: np.zeros_like(v) for k, v in P.items()}
    end, n = time.time() + 580, 0
    for ctx, y in blocks("train", 256):
        sgd(P, M, ctx, y, 0.1)
        n += 1
        if time.time() > end:
            break
    print("updates", n)
    np.savez_compressed("net.npz", **{k: v.astype("f2") for k, v in P.items()})
    print("npz", len(open("net.npz", "rb").read()))
    with np.load("net.npz") as z:
        P = {k: z[k].astype("f4") for k in z.files}
    M = {k: np.zeros_like(v) for k, v in P.items()}
    sizes = np.load("sizes.npy")
    nats = size = 0.0
    for ctx, y in blocks("val", 1024):
        nats -= forward(P, ctx)[2][np.arange(len(y)), y].sum()
        sgd(P, M, ctx, y, 0.02)
        size += sizes[y].sum()
    print(f"BPB {nats / np.log(2) / size:.4f}")


main()
