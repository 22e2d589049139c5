"""Owns publishing Data Docs: one site per source, replaced as a whole, and an index a person can read."""

import html
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text

from riskreview.foundation.instance import Instance
from riskreview.foundation.sql import sql

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Data quality · 数据质量</title>
<style>body{{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}}
table{{border-collapse:collapse;width:100%}}td,th{{padding:.4rem .6rem;border-bottom:1px solid #ddd;text-align:left}}
td.n{{text-align:right}}.held{{color:#a40000;font-weight:600}}</style></head>
<body><h1>Data quality · 数据质量</h1>
<p>The newest judged delivery of each feed. 各数据源最近一次校验结果。</p>
<table><thead><tr><th>feed 数据源</th><th>as of 数据日期</th><th>batch 批次</th><th>state 状态</th><th>accepted 接受</th>
<th>quarantined 隔离</th><th>duplicates 重复</th><th>rules 规则</th></tr></thead><tbody>
{rows}</tbody></table></body></html>
"""


@contextmanager
def building(instance: Instance, source_id: str, batch_id: int) -> Iterator[Path]:
    """Yield an empty folder for a site and publish it under ``<docs>/<source_id>`` when the block ends well."""
    instance.docs.mkdir(parents=True, exist_ok=True)
    draft = instance.docs / f".{source_id}.{batch_id}.{os.getpid()}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    try:
        yield draft
        if (draft / "index.html").exists():
            _swap(draft, instance.docs / source_id)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _swap(draft: Path, target: Path) -> None:
    old = draft.with_name(draft.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    draft.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def write_index(instance: Instance, engine: Engine) -> Path:
    """Write ``<docs>/index.html`` from the newest judged batch of each source, in one step."""
    with engine.connect() as connection:
        found = connection.execute(text(sql("validation", "newest_batches"))).all()
    lines = [_line(instance, row.source_id, row.as_of, row.batch_id, row.state, row.counts) for row in found]
    target = instance.docs / "index.html"
    partial = target.with_name(f".index.{os.getpid()}.html")
    partial.write_text(PAGE.format(rows="\n".join(lines)), encoding="utf-8")
    partial.replace(target)
    return target


def _line(
    instance: Instance, source: str, as_of: object, batch_id: int, state: str, counts: dict[str, dict[str, object]]
) -> str:
    judged = counts.get("validation", {})
    datasets = judged.get("datasets", {})
    sums = {
        word: sum(int(item.get(word, 0)) for item in datasets.values()) if isinstance(datasets, dict) else 0
        for word in ("accepted", "quarantined", "duplicates")
    }
    link = (
        f'<a href="{html.escape(source)}/index.html">Data Docs</a>'
        if (instance.docs / source / "index.html").exists()
        else "–"
    )
    numbers = "".join(f'<td class="n">{number}</td>' for number in sums.values())
    return (f'<tr><td>{html.escape(source)}</td><td>{as_of}</td><td class="n">{batch_id}</td>'
            f'<td class="{html.escape(state)}">{html.escape(state)}</td>{numbers}<td>{link}</td></tr>')  # fmt: skip
