"""Hands a file of B2Brouter on to a browser while it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
from fastapi.responses import PlainTextResponse, Response, StreamingResponse

from b2brouter_async import APIStatusError, B2BrouterError, NotFoundError

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from b2brouter_async import B2Brouter

PATIENCE = 10.0
"""Seconds to wait for a PDF that is not ready yet (behaviour 33)."""


class PDF(Response):
    """An invoice's PDF, which is opened when the answer begins, and closed whatever becomes of it."""

    def __init__(self, client: B2Brouter, invoice_id: int, name: str) -> None:
        self.status_code = 200
        self.background = None
        self._client = client
        self._invoice_id = invoice_id
        self._name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def sent(message: object) -> None:
            nonlocal started
            started = True
            await send(message)  # type: ignore[arg-type]

        ends = anyio.current_time() + PATIENCE
        while not started:
            answer: Response
            try:
                async with self._client.invoices.stream_download(self._invoice_id, "pdf.invoice") as file:
                    answer = StreamingResponse(file, media_type=file.media_type)
                    answer.headers["Content-Disposition"] = f'inline; filename="{self._name}.pdf"'
                    if file.size is not None:
                        answer.headers["Content-Length"] = str(file.size)
                    try:
                        await answer(scope, receive, sent)
                    except ExceptionGroup as group:  # as Starlette 0.40 tells what broke off
                        raise group.exceptions[0] from None
                    return
            except NotFoundError:
                if anyio.current_time() < ends:
                    await anyio.sleep(1)
                    continue
                answer = PlainTextResponse("the PDF is not ready yet", 503, {"Retry-After": "5"})
            except APIStatusError as error:
                answer = PlainTextResponse(f"B2Brouter answered {error.status}", 502)
            except B2BrouterError:
                if started:
                    raise  # the server cuts the connection, so that nobody takes half a PDF for a whole one
                answer = PlainTextResponse("B2Brouter does not answer", 504)
            await answer(scope, receive, sent)
