"""Rewrites of how the text of a program is stored."""

from __future__ import annotations

import ast
import base64
import lzma
import zlib


def reformat(tree: ast.Module) -> ast.Module:
    """Comments and layout are dropped."""
    return tree


def pack_lzma(tree: ast.Module) -> ast.Module:
    """The program is a base-85 literal behind LZMA and `exec`."""
    data = base64.b85encode(lzma.compress(ast.unparse(tree).encode()))
    return ast.parse(
        f"import lzma as L, base64 as B\nexec(L.decompress(B.b85decode({data.decode()!r})))"
    )


def pack_zlib(tree: ast.Module) -> ast.Module:
    """The program is a list of base-64 pieces, joined, inflated, compiled and executed."""
    data = base64.b64encode(zlib.compress(ast.unparse(tree).encode(), 9)).decode()
    pieces = [data[i : i + 4000] for i in range(0, len(data), 4000)]
    return ast.parse(
        "import base64\nimport zlib\n"
        f"PIECES = {pieces!r}\n"
        'source = zlib.decompress(base64.b64decode("".join(PIECES))).decode("utf-8")\n'
        'exec(compile(source, __file__, "exec"), globals())'
    )
