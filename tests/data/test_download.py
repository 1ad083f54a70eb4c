"""Downloads that are cut off, against a real server on this machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aisle.core import OutputError, UnreachableError, UsageError
from aisle.data.download import Remote, ask, download
from brokers import trusted_certificate
from servers import Shop, serving

CONTENT = bytes(range(256)) * 4096


@pytest.fixture
def shop() -> Shop:
    return Shop({"/big.zip": CONTENT})


def test_a_whole_file(shop: Shop, tmp_path: Path) -> None:
    heard = []
    with serving(shop):
        url = f"{shop.url}/big.zip"
        remote = download(url, tmp_path / "new" / "big.zip", progress=lambda *at: heard.append(at))
    assert remote == Remote(url, len(CONTENT), '"one"')
    assert (tmp_path / "new" / "big.zip").read_bytes() == CONTENT
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["big.zip"]
    assert heard[-1] == (len(CONTENT), len(CONTENT))


@pytest.mark.parametrize("cuts", [1, 3])
def test_a_cut_connection_is_taken_up_where_it_ended(cuts: int, shop: Shop, tmp_path: Path) -> None:
    shop.cuts = cuts
    with serving(shop):
        download(f"{shop.url}/big.zip", tmp_path / "big.zip")
    assert (tmp_path / "big.zip").read_bytes() == CONTENT
    begins = [int(asked.strip("bytes=-") or 0) for _, asked in shop.requests]
    assert begins == [len(CONTENT) - len(CONTENT) // 2**number for number in range(cuts + 1)]


def stopped(url: str, path: Path, *, size: int, mark: str = '"one"') -> None:
    """What an interrupted download leaves behind."""
    path.with_name(f"{path.name}.part").write_bytes(CONTENT[:1000])
    note = {"url": url, "size": size, "mark": mark}
    path.with_name(f"{path.name}.part.json").write_text(json.dumps(note), encoding="utf-8")


def test_the_next_call_goes_on(shop: Shop, tmp_path: Path) -> None:
    with serving(shop):
        stopped(f"{shop.url}/big.zip", tmp_path / "big.zip", size=len(CONTENT))
        download(f"{shop.url}/big.zip", tmp_path / "big.zip")
    assert (tmp_path / "big.zip").read_bytes() == CONTENT
    assert shop.requests == [("GET", "bytes=1000-")]


@pytest.mark.parametrize(("size", "mark"), [(len(CONTENT), '"older"'), (999_999, '"one"')])
def test_a_file_that_changed_meanwhile_begins_anew(size: int, mark: str, shop: Shop, tmp_path: Path) -> None:
    with serving(shop):
        stopped(f"{shop.url}/big.zip", tmp_path / "big.zip", size=size, mark=mark)
        download(f"{shop.url}/big.zip", tmp_path / "big.zip")
    assert (tmp_path / "big.zip").read_bytes() == CONTENT
    assert [asked for _, asked in shop.requests] == ["bytes=1000-", ""]


def test_a_file_that_became_shorter_begins_anew(tmp_path: Path) -> None:
    with serving(Shop({"/big.zip": CONTENT[:500]})) as shop:
        stopped(f"{shop.url}/big.zip", tmp_path / "big.zip", size=len(CONTENT))
        download(f"{shop.url}/big.zip", tmp_path / "big.zip")
    assert (tmp_path / "big.zip").read_bytes() == CONTENT[:500]


def test_what_is_left_of_another_address_begins_anew(shop: Shop, tmp_path: Path) -> None:
    with serving(shop):
        stopped("http://elsewhere/big.zip", tmp_path / "big.zip", size=len(CONTENT))
        download(f"{shop.url}/big.zip", tmp_path / "big.zip")
    assert (tmp_path / "big.zip").read_bytes() == CONTENT
    assert shop.requests == [("GET", "")]


def test_all_there_but_not_yet_named(shop: Shop, tmp_path: Path) -> None:
    with serving(shop):
        stopped(f"{shop.url}/big.zip", tmp_path / "big.zip", size=1000)
        download(f"{shop.url}/big.zip", tmp_path / "big.zip")
    assert (tmp_path / "big.zip").read_bytes() == CONTENT[:1000]
    assert shop.requests == []


def test_a_server_that_cannot_begin_in_the_middle(shop: Shop, tmp_path: Path) -> None:
    shop.ranges, shop.cuts = False, 1
    with serving(shop):
        download(f"{shop.url}/big.zip", tmp_path / "big.zip")
    assert (tmp_path / "big.zip").read_bytes() == CONTENT
    assert len(shop.requests) == 2


def test_a_server_that_keeps_hanging_up(shop: Shop, tmp_path: Path) -> None:
    shop.ranges, shop.cuts = False, 9
    with serving(shop), pytest.raises(UnreachableError, match=r"the same command goes on after 0\.5 MB"):
        download(f"{shop.url}/big.zip", tmp_path / "big.zip")
    assert len(shop.requests) == 2
    assert not (tmp_path / "big.zip").exists()


def test_a_server_that_says_neither_size_nor_mark(shop: Shop, tmp_path: Path) -> None:
    shop.says_size, shop.mark = False, ""
    with serving(shop):
        url = f"{shop.url}/big.zip"
        assert download(url, tmp_path / "big.zip") == Remote(url, None, "") == ask(url)
    assert (tmp_path / "big.zip").read_bytes() == CONTENT


def test_asking_beforehand(shop: Shop) -> None:
    with serving(shop):
        assert ask(f"{shop.url}/big.zip") == Remote(f"{shop.url}/big.zip", len(CONTENT), '"one"')
        shop.answers_head = False
        assert ask(f"{shop.url}/big.zip").size is None


def test_what_does_not_answer(shop: Shop, tmp_path: Path) -> None:
    with serving(shop):
        gone = f"{shop.url}/gone.zip"
        for call in (lambda: ask(gone), lambda: download(gone, tmp_path / "gone.zip")):
            with pytest.raises(UnreachableError, match=r"gone\.zip; got: HTTP Error 404.*; do: check the network"):
                call()
    with pytest.raises(UnreachableError, match="refused"):
        download(f"{shop.url}/big.zip", tmp_path / "big.zip")
    assert list(tmp_path.iterdir()) == []


def test_what_was_moved_is_followed_but_not_to_where_nothing_is_encrypted(shop: Shop, tmp_path: Path) -> None:
    with serving(shop), trusted_certificate(tmp_path) as certificate:
        safe = Shop({"/big.zip": CONTENT}, moved={"/down.zip": f"{shop.url}/big.zip", "/on.zip": "/big.zip"})
        with serving(safe, secured=certificate.context()):
            shop.moved["/up.zip"] = f"{safe.url}/big.zip"
            for url in (f"{safe.url}/on.zip", f"{shop.url}/up.zip"):
                download(url, tmp_path / "got.zip")
                assert (tmp_path / "got.zip").read_bytes() == CONTENT
            shop.requests.clear()
            for call in (ask, lambda url: download(url, tmp_path / "not.zip")):
                with pytest.raises(UnreachableError, match=r"302: it leads to http://.*big\.zip, not encrypted"):
                    call(f"{safe.url}/down.zip")
    assert shop.requests == []
    assert not (tmp_path / "not.zip").exists()


@pytest.mark.parametrize("url", ["ftp://ftp.merl.com/a.zip", "file:///etc/passwd", "merl"])
def test_what_is_no_address(url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no address to download from"):
        download(url, tmp_path / "a.zip")


def test_a_place_that_cannot_be_written(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with serving(shop), pytest.raises(OutputError, match="cannot write"):
        download(f"{shop.url}/big.zip", tmp_path / "file" / "big.zip")
