/* WebSocket messages out of one read (RFC 6455 section 5.2). */
#include "wire.h"

/* Append the messages from `at` on to the list; where the first thing begins that is none, or -1 and an exception. */
static Py_ssize_t take(PyObject *messages, const unsigned char *buffer, Py_ssize_t have, Py_ssize_t at)
{
    /* Final frames of text or bytes; the length of a masked one reads as more than 126. */
    while (have - at >= 2 && (buffer[at] == 0x81 || buffer[at] == 0x82)) {
        Py_ssize_t length = buffer[at + 1], start = at + 2;
        if (length == 126 && have - at >= 4) {
            length = (Py_ssize_t)buffer[at + 2] << 8 | buffer[at + 3];
            start = at + 4;
        } else if (length >= 126) {
            break;
        }
        if (length > have - start)
            break;
        PyObject *message = PyBytes_FromStringAndSize((const char *)buffer + start, length);
        if (message == NULL)
            return -1;
        int failed = PyList_Append(messages, message);
        Py_DECREF(message);
        if (failed)
            return -1;
        at = start + length;
    }
    return at;
}

PyObject *wire_split(PyObject *module, PyObject *const *given, Py_ssize_t count)
{
    (void)module;
    if (count != 2 || !PyBytes_Check(given[0])) {
        PyErr_SetString(PyExc_TypeError, "split() takes bytes and where to begin");
        return NULL;
    }
    Py_ssize_t have = PyBytes_GET_SIZE(given[0]), at = PyLong_AsSsize_t(given[1]);
    if (at == -1 && PyErr_Occurred())
        return NULL;
    if (at < 0 || at > have) {
        PyErr_SetString(PyExc_ValueError, "split() was to begin outside of its bytes");
        return NULL;
    }
    PyObject *messages = PyList_New(0);
    if (messages == NULL)
        return NULL;
    at = take(messages, (const unsigned char *)PyBytes_AS_STRING(given[0]), have, at);
    PyObject *end = at < 0 ? NULL : PyLong_FromSsize_t(at);
    PyObject *both = end == NULL ? NULL : PyTuple_Pack(2, messages, end);
    Py_DECREF(messages);
    Py_XDECREF(end);
    return both;
}
