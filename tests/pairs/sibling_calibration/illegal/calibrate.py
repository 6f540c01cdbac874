import torch

import data


@torch.no_grad()
def input_scales(model, batches=32):
    sums = {}
    handles = []
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Linear):
            def keep(mod, args, out, name=name):
                sums[name] = sums.get(name, 0.0) + args[0].float().abs().mean((0, 1))
            handles.append(module.register_forward_hook(keep))
    tokens = data.shard(data.train_shards()[0])
    for b in range(batches):
        model(tokens[b * 1024 : (b + 1) * 1024][None].cuda())
    for handle in handles:
        handle.remove()
    return sums


@torch.no_grad()
def round_weights(model, sums):
    for name, module in model.named_modules():
        if name in sums:
            s = sums[name].clamp(min=1e-4).sqrt()
            w = module.weight * s
            step = w.abs().amax(1, keepdim=True) / 127
            module.weight.copy_((w / step).round() * step / s)
