"""Compiled functions that the interpreter calls like its own, for what is asked singly: handed over in 0.05 µs.

numba's own door to a compiled function takes four times as long, for it looks up the types of what it is handed. Here
they are known: an address, kept with what lies there, and two numbers.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable
from typing import Any, Final

from llvmlite import ir  # type: ignore[import-untyped]
from numba import carray, types  # type: ignore[attr-defined]
from numba.extending import intrinsic

from geo.compiled import entry, jit

_FASTCALL: Final = 0x80  # METH_FASTCALL of the interpreter's methodobject.h


def pointer_to(kind: Any) -> Any:
    """A function for compiled code that reads a whole number as the address of values of `kind`."""
    pointer = types.CPointer(kind)  # type: ignore[no-untyped-call]

    def address(_context: Any, number: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], context.get_value_type(pointer))

        return pointer(number), generate

    return intrinsic(address)


whole_numbers = pointer_to(types.int64)
short_numbers = pointer_to(types.int32)
real_numbers = pointer_to(types.float64)
narrow_numbers = pointer_to(types.float32)
level_numbers = pointer_to(types.uint64)


def _of_interpreter(name: str, result: Any, *kinds: Any) -> Any:
    """A function of the interpreter for compiled code; objects are whole numbers, their addresses."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(context.get_value_type(result), [context.get_value_type(each) for each in kinds])
        return builder.call(builder.module.globals.get(name) or ir.Function(builder.module, kind, name), arguments)

    typed = result(*kinds), generate
    of_none, of_one, of_two = (lambda _c: typed), (lambda _c, _one: typed), (lambda _c, _one, _two: typed)
    return intrinsic((of_none, of_one, of_two)[len(kinds)])


as_float = _of_interpreter("PyFloat_FromDouble", types.int64, types.float64)
as_whole = _of_interpreter("PyLong_FromLongLong", types.int64, types.int64)
_float_of = _of_interpreter("PyFloat_AsDouble", types.float64, types.int64)
_whole_of = _of_interpreter("PyLong_AsLongLong", types.int64, types.int64)
_item = _of_interpreter("PyTuple_GetItem", types.int64, types.int64, types.int64)
_failed = _of_interpreter("PyErr_Occurred", types.int64)
_bad_arguments = _of_interpreter("PyErr_BadArgument", types.int32)


@jit
def handed(kept: int, arguments: int, count: int) -> tuple[bool, int, float, float]:
    """Whether a call is one of two numbers (else the interpreter knows its error); the address in `kept`, and they."""
    if count != 2:
        _bad_arguments()
        return False, 0, 0.0, 0.0
    given = carray(whole_numbers(arguments), 2)
    first, second = _float_of(given[0]), _float_of(given[1])
    if (first == -1.0 or second == -1.0) and _failed() != 0:
        return False, 0, 0.0, 0.0
    return True, _whole_of(_item(kept, 0)), first, second


class _Definition(ctypes.Structure):
    """PyMethodDef."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("call", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("text", ctypes.c_char_p),
    )


def _maker() -> Any:
    make = ctypes.pythonapi.PyCFunction_NewEx
    make.argtypes, make.restype = (ctypes.POINTER(_Definition), ctypes.py_object, ctypes.py_object), ctypes.py_object
    return make


@functools.cache
def _definition(function: Callable[[int, int, int], int]) -> tuple[_Definition, Any]:
    """Compiled once in a process; it must stay where it is as long as there are functions made from it."""
    compiled = entry(types.int64(types.int64, types.int64, types.int64), function)
    return _Definition(b"ask", compiled.address, _FASTCALL, None), compiled


def callable_of(function: Callable[[int, int, int], int], address: int, *alive: object) -> Callable[..., Any]:
    """A function of two numbers that compiled code answers.

    Parameters
    ----------
    function : takes what `handed` takes and returns an object's address, 0 after an error
    address : handed to it
    alive : what lies there; kept as long as the function. It holds an address of this process: never pickle it.
    """
    definition = _definition(function)
    # Two threads may both have made the first one: each function keeps its own.
    made: Callable[..., Any] = _maker()(ctypes.byref(definition[0]), (address, *alive, definition), None)
    return made
