/* Journal records: length and CRC-32 of the body, both 32 bits little-endian, and the body in msgpack. */
#include "checksum.h"
#include "wire.h"

#include <stdint.h>
#include <string.h>

#define HEAD 8

static unsigned char *little(unsigned char *to, uint32_t number)
{
    for (int byte = 0; byte < 4; byte++)
        *to++ = (unsigned char)(number >> 8 * byte);
    return to;
}

/* A first byte that names the kind, and `bytes` bytes of the number, the highest first. */
static unsigned char *big(unsigned char *to, int kind, uint64_t number, int bytes)
{
    *to++ = (unsigned char)kind;
    while (bytes--)
        *to++ = (unsigned char)(number >> 8 * bytes);
    return to;
}

/* A number that is not negative, in as few bytes as msgpack has for it: 9 at the most. */
static unsigned char *whole(unsigned char *to, uint64_t number)
{
    if (number < 0x80)
        return big(to, (int)number, 0, 0);
    if (number <= UINT8_MAX)
        return big(to, 0xCC, number, 1);
    if (number <= UINT16_MAX)
        return big(to, 0xCD, number, 2);
    return number <= UINT32_MAX ? big(to, 0xCE, number, 4) : big(to, 0xCF, number, 8);
}

/* Bytes (`kind` 0xC4) or text (0xD9; `shortest` of it go with one byte), up to 4 GiB. */
static unsigned char *sized(unsigned char *to, int kind, size_t shortest, const char *data, size_t length)
{
    if (length < shortest)
        to = big(to, 0xA0 | (int)length, 0, 0);
    else if (length <= UINT8_MAX)
        to = big(to, kind, length, 1);
    else
        to = length <= UINT16_MAX ? big(to, kind + 1, length, 2) : big(to, kind + 2, length, 4);
    memcpy(to, data, length);
    return to + length;
}

/* Whose frames they are, and when they came. */
struct feed {
    const char *name;
    size_t length;
    uint64_t seen;
};

static void close_record(unsigned char *start, unsigned char *end)
{
    unsigned char *body = start + HEAD;
    little(little(start, (uint32_t)(end - body)), wire_checksum(body, (size_t)(end - body)));
}

/* Make the bytearray `more` bytes longer; where they begin, or NULL and an exception. */
static unsigned char *grown(PyObject *buffer, size_t more)
{
    Py_ssize_t have = PyByteArray_GET_SIZE(buffer);
    if (more > INT32_MAX) {
        PyErr_SetString(PyExc_OverflowError, "a record of more than 2 GiB");
        return NULL;
    }
    if (PyByteArray_Resize(buffer, have + (Py_ssize_t)more))
        return NULL;
    return (unsigned char *)PyByteArray_AS_STRING(buffer) + have;
}

/* What the records of these frames take at the most: two arrays, "frame", two numbers and two lengths are 36 bytes. */
static size_t room(PyObject *frames, size_t named)
{
    size_t sum = 0;
    for (Py_ssize_t place = 0; place < PyList_GET_SIZE(frames); place++) {
        PyObject *frame = PyList_GET_ITEM(frames, place);
        if (!PyBytes_Check(frame)) {
            PyErr_SetString(PyExc_TypeError, "a frame is bytes");
            return 0;
        }
        sum += HEAD + 36 + named + (size_t)PyBytes_GET_SIZE(frame);
    }
    return sum;
}

static unsigned char *add_frame(unsigned char *start, uint64_t number, struct feed feed, PyObject *data)
{
    unsigned char *to = whole(big(start + HEAD, 0x93, 0, 0), number);
    to = big(sized(to, 0xD9, 32, "frame", 5), 0x93, 0, 0);
    to = whole(sized(to, 0xD9, 32, feed.name, feed.length), feed.seen);
    to = sized(to, 0xC4, 0, PyBytes_AS_STRING(data), (size_t)PyBytes_GET_SIZE(data));
    close_record(start, to);
    return to;
}

PyObject *wire_add_frames(PyObject *module, PyObject *const *given, Py_ssize_t count)
{
    (void)module;
    if (count != 5 || !PyByteArray_Check(given[0]) || !PyUnicode_Check(given[2]) || !PyList_Check(given[4])) {
        PyErr_SetString(PyExc_TypeError, "add_frames() takes a bytearray, a number, a feed, a time and bytes");
        return NULL;
    }
    unsigned long long number = PyLong_AsUnsignedLongLong(given[1]), seen = PyLong_AsUnsignedLongLong(given[3]);
    if (PyErr_Occurred())
        return NULL;
    Py_ssize_t named, have = PyByteArray_GET_SIZE(given[0]);
    struct feed feed = {PyUnicode_AsUTF8AndSize(given[2], &named), 0, seen};
    if (feed.name == NULL)
        return NULL;
    feed.length = (size_t)named;
    size_t more = room(given[4], feed.length);
    unsigned char *start = PyErr_Occurred() ? NULL : grown(given[0], more), *to = start;
    if (start == NULL)
        return NULL;
    for (Py_ssize_t place = 0; place < PyList_GET_SIZE(given[4]); place++)
        to = add_frame(to, number + (uint64_t)place, feed, PyList_GET_ITEM(given[4], place));
    if (PyByteArray_Resize(given[0], have + (to - start)))
        return NULL;
    Py_RETURN_NONE;
}

PyObject *wire_append(PyObject *module, PyObject *const *given, Py_ssize_t count)
{
    (void)module;
    if (count != 2 || !PyByteArray_Check(given[0]) || !PyBytes_Check(given[1])) {
        PyErr_SetString(PyExc_TypeError, "append() takes a bytearray and bytes");
        return NULL;
    }
    Py_ssize_t length = PyBytes_GET_SIZE(given[1]);
    unsigned char *start = grown(given[0], HEAD + (size_t)length);
    if (start == NULL)
        return NULL;
    memcpy(start + HEAD, PyBytes_AS_STRING(given[1]), (size_t)length);
    close_record(start, start + HEAD + length);
    Py_RETURN_NONE;
}
