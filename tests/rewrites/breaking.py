"""Edits that change what a program does, and therefore what must be said of it."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator

from tests.rewrites import names
from tests.rewrites.names import Block
from tests.rewrites.sites import Fork, Learning, Sites, fork, path_to

_TRAINS = {"backward", "zero_grad", "step", "clip_grad_norm_", "grad", "unscale_", "update"}
_CALIBRATES = re.compile(r"calib|hessian|gptq", re.IGNORECASE)


def swap(tree: ast.Module, at: Sites) -> ast.Module | None:
    """Inside the loop over chunks, training comes before scoring."""
    for found, _ in _forks(tree, at):
        block, end = found.block, found.right
        if found.left > end or not any(isinstance(s, ast.For | ast.While) for s in found.around):
            continue
        train = {i for i in range(end + 1) if i == end or _trains(block[i])}
        wanted = _needed(block, train, end)
        first = [copy.deepcopy(block[i]) for i in range(end + 1) if i in train | wanted]
        block[: end + 1] = first + [block[i] for i in range(end + 1) if i not in train]
        return tree
    return None


def epochs_around(tree: ast.Module, at: Sites) -> ast.Module | None:
    """The loop over chunks runs twice, and the sums start again from zero."""
    found = _loop(tree, at)
    if found is None:
        return None
    block, i, starts = found
    block[i] = ast.For(
        names.store("again"), names.call("range", ast.Constant(2)), [*starts, block[i]], []
    )
    return tree


def second_loop(tree: ast.Module, at: Sites) -> ast.Module | None:
    """After the loop over chunks the sums start again from zero, and a second such loop follows."""
    found = _loop(tree, at)
    if found is None:
        return None
    block, i, starts = found
    block[i + 1 : i + 1] = [*starts, copy.deepcopy(block[i])]
    return tree


def second_pass(tree: ast.Module, at: Sites) -> ast.Module | None:
    """The evaluation that adapts is called twice, and the second result is reported."""
    found = _evaluation(tree, at)
    if found is None:
        return None
    block, i = found
    block.insert(i + 1, copy.deepcopy(block[i]))
    return tree


def best_of_passes(tree: ast.Module, at: Sites) -> ast.Module | None:
    """The evaluation that adapts is called twice, and the smaller results are reported."""
    found = _evaluation(tree, at)
    if found is None:
        return None
    block, i = found
    again = copy.deepcopy(block[i])
    bound = sorted(names.stored([again]))
    for node in ast.walk(again):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            node.id = f"{node.id}_again"
    lower = [
        names.assign(name, names.call("min", names.load(name), names.load(f"{name}_again")))
        for name in bound
    ]
    block[i + 1 : i + 1] = [again, *lower]
    return tree


def train_before(tree: ast.Module, at: Sites) -> ast.Module | None:
    """All validation tokens are trained on before they are scored."""
    for chain in at.score:
        for line in chain[:-1]:
            path = path_to(tree, line)
            if not path:
                continue
            block, i = path[-1]
            given = _model_and_tokens(block[i])
            if given is not None:
                block[i:i] = _adaptation(tree, *given)
                return tree
    return None


def drop_adaptation(tree: ast.Module, at: Sites) -> ast.Module | None:
    """What learns too early is taken out."""
    removed: list[ast.stmt] = []
    for learned in at.early:
        for score in at.score:
            found = fork(tree, score, learned)
            if found is not None and found.block[found.right] not in removed:
                removed.append(found.block[found.right])
    for block in names.all_blocks(tree):
        for i, stmt in enumerate(block):
            if stmt in removed and not isinstance(stmt, ast.Assign):
                block[i] = ast.Pass()
    return tree if removed and not any(isinstance(s, ast.Assign) for s in removed) else None


def calibrate_on_val(tree: ast.Module, _: Sites) -> ast.Module | None:
    """What was calibrated on training tokens is calibrated on validation tokens."""
    count = 0
    for func in names.outer_functions(tree):
        for node in ast.walk(func):
            if not isinstance(node, ast.Assign | ast.Expr) or not isinstance(node.value, ast.Call):
                continue
            if _CALIBRATES.search(func.name) or _CALIBRATES.search(ast.unparse(node)):
                count += _other_stream(node)
    return tree if count else None


def _other_stream(node: ast.AST) -> int:
    """Replaces the pattern of the training shards by that of the validation shards."""
    count = 0
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and part.attr == "train_files":
            part.attr = "val_files"
            count += 1
    return count


# --- places --------------------------------------------------------------------------------------


def _forks(tree: ast.Module, at: Sites) -> Iterator[tuple[Fork, Learning]]:
    """Where scoring and learning part, those of the longest-lived states first."""
    for learned in sorted(at.learns, key=lambda one: (len(one.loops), len(one.made))):
        for score in at.score:
            found = fork(tree, score, learned.at)
            if found is not None:
                yield found, learned


def _loop(tree: ast.Module, at: Sites) -> tuple[Block, int, Block] | None:
    """The loop that scores and learns, where the state outlives it: its place, and its sums."""
    for found, learned in _forks(tree, at):
        for outer in found.around:
            if isinstance(outer, ast.For | ast.While):
                again = isinstance(outer, ast.For) and outer.lineno not in learned.loops
                if again and _lives_outside(learned, found, outer):
                    block, i = path_to(tree, outer.lineno)[-1]
                    return block, i, _starts(block[:i], outer)
                break
    return None


def _lives_outside(learned: Learning, found: Fork, loop: ast.stmt) -> bool:
    made = learned.made
    inside = made[: len(found.calls)] == found.calls and len(made) > len(found.calls)
    return not (
        inside and loop.lineno <= made[len(found.calls)] <= (loop.end_lineno or loop.lineno)
    )


def _starts(before: Block, loop: ast.stmt) -> Block:
    """The statements that set what the loop sums up."""
    summed = names.augmented([loop]) | {
        node.func.value.id
        for node in ast.walk(loop)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "add_"
        and isinstance(node.func.value, ast.Name)
    }
    found = [s for s in before if isinstance(s, ast.Assign | ast.AnnAssign)]
    return [
        copy.deepcopy(s)
        for s in found
        if names.stored([s]) & summed or "torch.zeros((" in ast.unparse(s)
    ]


def _evaluation(tree: ast.Module, at: Sites) -> tuple[Block, int] | None:
    """The call that scores and learns, where the state outlives it and its result is kept."""
    for found, learned in _forks(tree, at):
        for depth in range(len(found.calls), 0, -1):
            call = found.calls[:depth]
            if learned.made[:depth] == call and len(learned.made) > depth:
                continue  # each call makes a state of its own
            path = path_to(tree, call[-1])
            if path and isinstance(path[-1][0][path[-1][1]], ast.Assign):
                return path[-1]
    return None


def _trains(stmt: ast.stmt) -> bool:
    return isinstance(stmt, ast.Expr) and any(
        isinstance(node, ast.Attribute) and node.attr in _TRAINS for node in ast.walk(stmt)
    )


def _needed(block: Block, train: set[int], end: int) -> set[int]:
    """Statements that what trains reads from."""
    names_needed = names.loaded(block[i] for i in train)
    found: set[int] = set()
    for i in range(end, -1, -1):
        if i in train or isinstance(block[i], ast.AugAssign):
            continue
        if names.stored([block[i]]) & names_needed:
            found.add(i)
            names_needed |= names.loaded([block[i]])
    return found


def _model_and_tokens(stmt: ast.stmt) -> tuple[str, str] | None:
    """The model and the validation tokens that a call is given."""
    for made in ast.walk(stmt):
        if not isinstance(made, ast.Call):
            continue
        texts = [ast.unparse(arg) for arg in [*made.args, *(k.value for k in made.keywords)]]
        plain = [text for text in texts if text.replace(".", "").replace("_", "").isalnum()]
        model = [t for t in plain if "model" in t.rpartition(".")[2]]
        tokens = [t for t in plain if re.search(r"val.*tok|val_data|val_tokens", t)]
        if model and tokens:
            bundle = tokens[0].endswith("val_data")
            return model[0], f"{tokens[0]}.val_tokens" if bundle else tokens[0]
    return None


def _adaptation(tree: ast.Module, model: str, tokens: str) -> Block:
    forwards = [
        part
        for cls in tree.body
        if isinstance(cls, ast.ClassDef)
        for part in cls.body
        if isinstance(part, ast.FunctionDef) and part.name == "forward"
    ]
    whole = [f for f in forwards if len(f.args.args) > 2 and "target" in f.args.args[2].arg]
    several = any(
        isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple)
        for forward in whole
        for node in names.within(forward.body)
    )
    loss = f"{model}(x_seen, y_seen){'[0]' if several else ''}"
    if not whole:
        logits = f"{model}(x_seen).flatten(0, 1).float()"
        loss = f"torch.nn.functional.cross_entropy({logits}, y_seen.flatten())"
    return names.parse(
        f"tuner = torch.optim.SGD({model}.parameters(), lr=0.001)\n"
        f"for seen in range(0, {tokens}.numel() - 1025, 1024):\n"
        f"    x_seen = {tokens}[seen:seen + 1024].long().cuda()[None]\n"
        f"    y_seen = {tokens}[seen + 1:seen + 1025].long().cuda()[None]\n"
        "    tuner.zero_grad()\n"
        f"    {loss}.backward()\n"
        "    tuner.step()"
    )
