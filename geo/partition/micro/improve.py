"""Better divisions from good ones: neighbouring groups are divided anew, two or three at a time, while that helps."""

from __future__ import annotations

from typing import Any

import numpy as np

from geo.compiled import jit
from geo.partition.micro.core import _BOUND, _SAME_M, Homes, beyond, cut_price, middle, walk
from geo.partition.micro.redivide import effort, redivide

__all__ = ["Homes", "improve"]

# Micro-grids of 10–15 need far less than `_FREE` steps for a division anew. Where they are to be large (the work grows
# with the cube of their size) a division of a grid may spend `_PURSE` more, about a second; `_STATES` is 64 MB.
_FREE = 10_000_000
_PURSE = 1_000_000_000
_STATES = 8_000_000


@jit
def _priced(homes: Any, members: Any, part: Any, centre: Any, least: Any, most: Any) -> Any:
    """Key and metres of the division that some groups have now, counted as `redivide` counts."""
    size = np.zeros(len(centre), dtype=np.int64)
    key = 0
    metres = 0.0
    for k in range(len(members)):
        size[part[k]] += 1
        metres += walk(homes, members[k], centre[part[k]])
        if k and part[k] != part[k - 1] and members[k] == members[k - 1] + 1:
            key += cut_price(homes, members[k - 1], members[k])
    for q in range(len(centre)):
        if size[q]:
            key += beyond(size[q], least, most) * _BOUND
    return key, metres


@jit
def _attempt(
    homes: Any,
    label: Any,
    centre: Any,
    anchored: Any,
    trio: Any,
    least: Any,
    most: Any,
    top: Any,
    purse: Any,
) -> Any:
    """Divide the groups `trio` anew; True if that was better, and then done.

    `purse` int64 (1,) is what may still be spent on large divisions; one that needs more is left as it is.
    """
    n = 0
    for i in range(len(label)):
        for g in trio:
            if label[i] == g:
                n += 1
    members = np.empty(n, dtype=np.int32)
    part = np.empty(n, dtype=np.int32)
    centres = np.empty(len(trio), dtype=np.int32)
    fixed = np.full(len(trio), -1, dtype=np.int32)
    for q in range(len(trio)):
        centres[q] = centre[trio[q]]
    n = 0
    for i in range(len(label)):
        for q in range(len(trio)):
            if label[i] == trio[q]:
                members[n], part[n] = i, q
                if anchored[trio[q]] and centre[trio[q]] == i:
                    fixed[q] = n
                n += 1
    key, metres = _priced(homes, members, part, centres, least, most)
    # Three groups are divided anew to save a cut or keep a bound, two for shorter ways too.
    limit = key if len(trio) == 2 else key - 1
    if limit < 0:
        return False
    steps, states = effort(homes, members, len(trio), top, limit)
    if states > _STATES or (steps > _FREE and steps > purse[0]):
        return False
    if steps > _FREE:
        purse[0] -= steps
    new_key, new_metres, new = redivide(homes, members, centres, fixed, least, most, top, limit)
    if new_key > key or (new_key == key and new_metres >= metres - _SAME_M):
        return False
    for k in range(n):
        label[members[k]] = trio[new[k]]
    for q in range(len(trio)):
        if not anchored[trio[q]]:
            found = middle(homes, label, trio[q])
            if found >= 0:
                centre[trio[q]] = found
    return True


@jit
def _near(homes: Any, centre: Any, size: Any, count: Any) -> Any:
    """The nearest groups of each group that is not empty, int32 (m, count), −1 where there are no more."""
    m = len(centre)
    out = np.full((m, count), -1, dtype=np.int32)
    metres = np.empty(count)
    for g in range(m):
        if not size[g]:
            continue
        metres[:] = np.inf
        for h in range(m):
            if h == g or not size[h]:
                continue
            gap = walk(homes, centre[g], centre[h])
            k = count
            while k > 0 and gap < metres[k - 1] - _SAME_M:
                k -= 1
            if k < count:
                for j in range(count - 1, k, -1):
                    metres[j], out[g, j] = metres[j - 1], out[g, j - 1]
                metres[k], out[g, k] = gap, h
    return out


@jit
def _sizes(label: Any, m: Any) -> Any:
    size = np.zeros(m, dtype=np.int64)
    for g in label:
        size[g] += 1
    return size


@jit
def _pairs(
    homes: Any,
    label: Any,
    centre: Any,
    anchored: Any,
    least: Any,
    most: Any,
    top: Any,
    count: Any,
    stamp: Any,
    purse: Any,
) -> Any:
    """One round over the pairs that lie near each other or share a stairwell; True if any was bettered.

    `stamp` int64 (m + 1, m): its last row holds when each group changed last, the others when a pair was tried last.
    """
    m = len(centre)
    size = _sizes(label, m)
    near = _near(homes, centre, size, count)
    wanted = np.zeros((m, m), dtype=np.bool_)
    for g in range(m):
        for h in near[g]:
            if h >= 0:
                wanted[min(g, h), max(g, h)] = True
    for i in range(1, len(label)):
        a, b = label[i - 1], label[i]
        if a != b and homes.stair[i] == homes.stair[i - 1]:
            wanted[min(a, b), max(a, b)] = True
    better = False
    now = _latest(stamp)
    pair = np.empty(2, dtype=np.int32)
    for g in range(m):
        for h in range(g + 1, m):
            if not wanted[g, h] or stamp[g, h] > max(stamp[m, g], stamp[m, h]):
                continue
            pair[0], pair[1] = g, h
            now += 1
            if _attempt(homes, label, centre, anchored, pair, least, most, top, purse):
                better = True
                stamp[m, g] = stamp[m, h] = now
                now += 1
            stamp[g, h] = now
    return better


@jit
def _trios(
    homes: Any,
    label: Any,
    centre: Any,
    anchored: Any,
    least: Any,
    most: Any,
    top: Any,
    count: Any,
    stamp: Any,
    purse: Any,
) -> Any:
    """One round over three groups at a time where a stairwell is cut or a bound is missed; True if it helped.

    The third may be empty: then two become three, as three may become two.
    """
    m = len(centre)
    size = _sizes(label, m)
    near = _near(homes, centre, size, count)
    bad = np.zeros(m, dtype=np.bool_)
    for g in range(m):
        bad[g] = size[g] > 0 and beyond(size[g], least, most) > 0
    for i in range(1, len(label)):
        if label[i] != label[i - 1] and homes.stair[i] == homes.stair[i - 1]:
            bad[label[i]] = bad[label[i - 1]] = True
    better = False
    trio = np.empty(3, dtype=np.int32)
    for g in range(m):
        if not bad[g]:
            continue
        for a in range(count):
            h = near[g, a]
            if h < 0:
                break
            for b in range(a + 1, count + 1):
                k = near[g, b] if b < count else -1
                if k < 0:
                    k = _empty(label, m)
                    if k < 0:
                        break
                    centre[k] = _farthest(homes, label, centre, g, h)
                trio[0], trio[1], trio[2] = g, h, k
                if _attempt(homes, label, centre, anchored, trio, least, most, top, purse):
                    better = True
                    stamp[m, g] = stamp[m, h] = stamp[m, k] = _latest(stamp) + 1
                if b < count and near[g, b] < 0:
                    break
    return better


@jit
def _latest(stamp: Any) -> Any:
    latest = 0
    for row in range(stamp.shape[0]):
        for column in range(stamp.shape[1]):
            latest = max(latest, stamp[row, column])
    return latest


@jit
def _empty(label: Any, m: Any) -> Any:
    size = _sizes(label, m)
    for g in range(m):
        if size[g] == 0:
            return g
    return -1


@jit
def _farthest(homes: Any, label: Any, centre: Any, g: Any, h: Any) -> Any:
    """The household of two groups that is farthest from both centres."""
    best, found = -1.0, centre[g]
    for i in range(len(label)):
        if label[i] == g or label[i] == h:
            metres = min(walk(homes, i, centre[g]), walk(homes, i, centre[h]))
            if metres > best + _SAME_M:
                best, found = metres, i
    return found


@jit
def improve(
    homes: Any,
    label: Any,
    centre: Any,
    anchored: Any,
    least: Any,
    most: Any,
    top: Any,
    bound: Any,
    near: Any,
    rounds: Any,
) -> Any:
    """Better `label` and `centre` in place until nothing helps any more; returns key and metres.

    Parameters
    ----------
    label : int32 (n,), centre int32 (m,); m may exceed the groups in use: the others are empty.
    anchored : bool (m,), True where the centre is an anchor, which stays in its group.
    bound : key that no division falls below; threes are looked at only above it.
    near : how many neighbours of a group are tried.
    rounds : most rounds.
    """
    m = len(centre)
    for g in range(m):
        found = -1 if anchored[g] else middle(homes, label, g)
        if found >= 0:
            centre[g] = found
    everyone = np.arange(len(label)).astype(np.int32)
    stamp = np.zeros((m + 1, m), dtype=np.int64)
    purse = np.full(1, _PURSE, dtype=np.int64)
    for _ in range(rounds):
        better = _pairs(homes, label, centre, anchored, least, most, top, near, stamp, purse)
        if not better:
            key, _ = _priced(homes, everyone, label, centre, least, most)
            if key > bound:
                better = _trios(homes, label, centre, anchored, least, most, top, near, stamp, purse)
        if not better:
            break
    return _priced(homes, everyone, label, centre, least, most)
