"""What goes to the server's log tells of no person: sentences and tracebacks are masked."""

from __future__ import annotations

import logging

from geo.masks import mask_text

_LOGGERS = ("uvicorn.error", "geo.api.problems", "geo.api.routes.issues", "geo.service.keeper")
_formatter = logging.Formatter()


class MaskRecords(logging.Filter):
    """Masks each record before any handler sees it; the error itself stays with it for programs."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always True: a record is changed, never dropped."""
        record.msg, record.args = mask_text(record.getMessage()), ()
        if record.exc_info and record.exc_info[0] is not None and not record.exc_text:
            record.exc_text = mask_text(_formatter.formatException(record.exc_info))
        return True


def mask_logs() -> None:
    """Mask what the loggers of a server write; doing it again changes nothing."""
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(one, MaskRecords) for one in logger.filters):
            logger.addFilter(MaskRecords())
