"""Classes of what goes wrong below a connector, in words of the reader's language.

Drivers speak English, or whatever the source's server speaks: their own words go to a fault's `detail`, which
those who operate read, never into a sentence. A class says no more than the driver's error surely means.
"""

import errno
import re
import socket
import ssl
from collections.abc import Iterator

from xilin.lib.text import Text

# Connecting.
TIMEOUT = Text(zh="等待应答超时", en="no answer came in time")
UNKNOWN_HOST = Text(zh="找不到这个主机名", en="nobody knows a host of this name")
NOTHING_LISTENS = Text(zh="该地址和端口上没有服务", en="nothing listens at this address and port")
NO_ROUTE = Text(zh="网络不通", en="the network has no way there")
ENCRYPTION = Text(
    zh="加密连接（TLS）未能建立，或证书不受信任", en="TLS failed, or its certificate isn't trusted"
)
FULL = Text(zh="该服务器的连接数已满", en="that server takes no more connections")
NO_CONNECTION = Text(zh="连接没有建立", en="no connection came about")
NOT_HTTP = Text(
    zh="地址不是合法的 http:// 或 https:// 地址", en="the address is no http:// or https:// address"
)

# Reading.
LOST = Text(zh="连接断开", en="the connection was lost")
LOCKED = Text(zh="数据正被该系统锁定", en="that system has the data locked")
NO_COLUMN = Text(zh="查询的列不存在", en="a column asked for isn't there")
BROKEN_VIEW = Text(
    zh="视图引用的表或列已失效", en="it is a view on tables or columns that are gone or not allowed"
)
BAD_VALUE = Text(
    zh="有值不能转换成所需的类型，常见于 cursor 列换了类型或视图出错",
    en="a value can't be turned into the type wanted, as where the cursor's column changed its type or a view fails",
)
EXHAUSTED = Text(zh="该服务器的磁盘或内存不足", en="that server is out of disk or memory")
SERVER = Text(zh="该服务器报告了错误", en="that server reported an error")
BROKEN_ANSWER = Text(zh="应答不完整或不合 HTTP 协议", en="the answer is cut short or isn't HTTP")

# Files.
NO_RIGHT = Text(zh="没有读取权限", en="reading isn't permitted")
DISK = Text(zh="磁盘或共享文件夹读取出错", en="the disk or shared folder fails")
GONE = Text(zh="文件已经不在", en="it is gone")
LONG_NAME = Text(zh="文件名太长", en="its name is too long")
NOT_OPENED = Text(zh="操作系统不让打开", en="the system doesn't open it")
NOT_SQLITE = Text(zh="不是 SQLite 数据库", en="it is no SQLite database")
DAMAGED = Text(zh="内容已损坏", en="its contents are damaged")
IN_USE = Text(zh="正被另一个程序占用", en="another program has it locked")

_BY_ERRNO = {
    errno.EACCES: NO_RIGHT,
    errno.EPERM: NO_RIGHT,
    errno.EIO: DISK,
    errno.ESTALE: DISK,
    errno.ENOENT: GONE,
    errno.ENAMETOOLONG: LONG_NAME,
}
_UNROUTED = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN}
LONGEST_DETAIL = 500


def of_file(error: OSError) -> Text:
    """Why the system doesn't open or read a file."""
    return _BY_ERRNO.get(error.errno or 0, NOT_OPENED)


def of_connection(error: BaseException, otherwise: Text = NO_CONNECTION) -> Text:
    """Why a connection didn't come about, told by what lies under a driver's error."""
    for found in _under(error):
        if isinstance(found, ssl.SSLError):
            return ENCRYPTION
        if isinstance(found, TimeoutError):
            return TIMEOUT
        if isinstance(found, socket.gaierror):
            return UNKNOWN_HOST
        if isinstance(found, ConnectionRefusedError | FileNotFoundError):
            return NOTHING_LISTENS
        if isinstance(found, OSError) and found.errno in _UNROUTED:
            return NO_ROUTE
    return otherwise


def _under(error: BaseException) -> Iterator[BaseException]:
    """An error and those it came from, innermost last."""
    seen: list[BaseException | None] = [None]
    current: BaseException | None = error
    while current is not None and current not in seen:
        yield current
        seen.append(current)
        # PyMySQL keeps the socket's error by this name.
        current = getattr(current, "original_exception", None) or current.__cause__ or current.__context__


def first_line(told: str, otherwise: str = "") -> str:
    """A driver's words in a line, without the statement and values that may follow."""
    return (told.strip().splitlines() or [otherwise])[0][:LONGEST_DETAIL]


def without_values(told: str) -> str:
    """A driver's words about a value, without the value: those who operate need not see data.

    >>> without_values('invalid input syntax for type integer: "99"')
    'invalid input syntax for type integer: …'
    """
    return re.sub(r"\"[^\"]*\"|'[^']*'", "…", told)
