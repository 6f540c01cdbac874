"""The rewrites, each with what it must do to a verdict."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from tests.rewrites import breaking, disguising, helpers, looping, moving, packing, renaming
from tests.rewrites.moving import Sources
from tests.rewrites.sites import Sites

InTree = Callable[[ast.Module], ast.Module | None]
Edit = Callable[[ast.Module, Sites], ast.Module | None]

KEEPING: dict[str, Callable[[Sources], Sources | None]] = {}
"""Rewrites after which a program does what it did."""


@dataclass(frozen=True)
class Change:
    """An edit after which a program does something else.

    Attributes:
        edit: makes the edit.
        families: families of which a rule must fail afterwards.
        mends: whether no rule of these families may fail afterwards instead.
    """

    edit: Edit
    families: frozenset[str]
    mends: bool = False


def in_main(rewrite: InTree) -> Callable[[Sources], Sources | None]:
    """A rewrite of one tree, applied to the main script."""

    def apply(sources: Sources) -> Sources | None:
        tree = rewrite(ast.parse(sources.files[sources.main]))
        return None if tree is None else sources.with_files(**{sources.main: written(tree)})

    return apply


def written(tree: ast.Module) -> str:
    """The text of a tree."""
    return ast.unparse(ast.fix_missing_locations(tree))


KEEPING.update(
    {
        rewrite.__name__: in_main(rewrite)
        for rewrite in (
            packing.reformat,
            renaming.rename,
            renaming.alias_imports,
            renaming.alias_functions,
            renaming.dispatch,
            helpers.extract_with,
            helpers.extract_loop_body,
            helpers.loop_body_to_closure,
            helpers.inline,
            helpers.methods_to_functions,
            helpers.sums_to_object,
            looping.for_to_while,
            looping.for_to_next,
            looping.while_true,
            looping.comprehension_to_loop,
            moving.reorder,
            moving.constants_to_class,
            disguising.functions_to_static,
            disguising.through_apply,
            disguising.through_partial,
            disguising.through_lambda,
            disguising.spread_arguments,
            disguising.by_getattr,
            disguising.decorate,
            disguising.count_in_generator,
            disguising.sums_to_dict,
            disguising.spell_out_sums,
            disguising.invert_branches,
            disguising.try_finally,
            disguising.functions_from_text,
            disguising.main_to_object,
            packing.pack_lzma,
            packing.pack_zlib,
        )
    }
)
KEEPING["constants_to_json"] = moving.constants_to_json
KEEPING["to_siblings"] = moving.to_siblings

_TTT = frozenset({"TTT", "NG", "ORD"})

CHANGING: dict[str, Change] = {
    "swap": Change(breaking.swap, _TTT),
    "epochs_around": Change(breaking.epochs_around, _TTT),
    "second_loop": Change(breaking.second_loop, _TTT),
    "second_pass": Change(breaking.second_pass, _TTT),
    "best_of_passes": Change(breaking.best_of_passes, _TTT),
    "train_before": Change(breaking.train_before, _TTT),
    "calibrate_on_val": Change(breaking.calibrate_on_val, frozenset({"CAL", "DATA", "TTT"})),
    "drop_adaptation": Change(breaking.drop_adaptation, _TTT, mends=True),
}
"""Edits after which a program must be judged differently."""
