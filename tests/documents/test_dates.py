from __future__ import annotations

import pytest

from malmoi.documents.dates import find_date, find_when, normalise_date


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2025.02.11", "2025-02-11"),
        ("작성일 2025.01.13 20:14", "2025-01-13T20:14"),
        ("[2024-05-20, 10:26:51] 상하이저널", "2024-05-20T10:26:51"),
        ("2024년 5월 3일 오후 2시 05분", "2024-05-03T14:05"),
        ("입력2025.02.20. 오전 6:31", "2025-02-20T06:31"),
        ("2024. 3. 18.(월) 10:00", "2024-03-18T10:00"),
        ("2024/06/11 08:30 송고", "2024-06-11T08:30"),
        ("January 5, 2025 at 12:07 am", "2025-01-05T00:07"),
        ("14 March 2025, 07:30 GMT", "2025-03-14T07:30"),
        ("Sept. 3rd, 2024", "2024-09-03"),
        ("2025.13.45", None),
        ("버전 3.11.4", None),
        ("사업자등록번호 : 101-86-62870", None),
        ("25.02.01", None),
    ],
)
def test_find_date(text: str, iso: str | None) -> None:
    found = find_date(text)
    assert (found[0] if found else None) == iso


@pytest.mark.parametrize(
    ("text", "page", "iso", "printed"),
    [
        ("작성일 01.13 21:50", "2025-01-13T20:14", "2025-01-13T21:50", "01.13 21:50"),
        ("01.02 08:00", "2024-12-30", "2025-01-02T08:00", "01.02 08:00"),
        ("01.13 21:50", None, None, "01.13 21:50"),
        ("작성일 어제 00:05", "2025-01-13", None, "어제 00:05"),
        ("3시간 전", "2025-01-13", None, "3시간 전"),
        ("2 days ago", "2025-01-13", None, "2 days ago"),
        ("24-08-20 07:15", None, "2024-08-20T07:15", "24-08-20 07:15"),
    ],
)
def test_find_when(text: str, page: str | None, iso: str | None, printed: str) -> None:
    found = find_when(text, page)
    assert found is not None
    assert found[0] == iso
    assert text[found[1] : found[2]] == printed


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        ("2024-05-06T07:08:09+09:00", "2024-05-06T07:08:09"),
        ("2024-05-06T07:08:00Z", "2024-05-06T07:08"),
        ("2024-05-06", "2024-05-06"),
        ("20240506", "2024-05-06"),
        ("24.05.06", "2024-05-06"),
        ("soon", None),
        ("", None),
    ],
)
def test_normalise_date(value: str, iso: str | None) -> None:
    assert normalise_date(value) == iso
