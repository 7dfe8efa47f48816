/* A model's handler, and a note of how long it took. */
#include "wire.h"

#include <stddef.h>
#include <structmember.h>
#include <time.h>

struct timed {
    PyObject_HEAD
    vectorcallfunc call;
    PyObject *handler, *note;
};

/* Nanoseconds of the clock that Python's perf_counter_ns reads on Linux. */
static long long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int note(struct timed *timed, long long took)
{
    PyObject *number = PyLong_FromLongLong(took), *done = NULL;
    if (number != NULL)
        done = PyObject_CallOneArg(timed->note, number);
    Py_XDECREF(number);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

static PyObject *timed_call(PyObject *self, PyObject *const *given, size_t count, PyObject *names)
{
    struct timed *timed = (struct timed *)self;
    long long begun = now();
    PyObject *answer = PyObject_Vectorcall(timed->handler, given, count, names);
    if (answer != NULL && PyGen_CheckExact(answer)) /* what it does, it does while it is asked */
        Py_SETREF(answer, PySequence_Tuple(answer));
    if (answer != NULL && note(timed, now() - begun))
        Py_CLEAR(answer);
    return answer;
}

static PyObject *timed_new(PyTypeObject *type, PyObject *given, PyObject *names)
{
    PyObject *handler, *note;
    if (names != NULL || !PyArg_ParseTuple(given, "OO:Timed", &handler, &note)) {
        if (names != NULL)
            PyErr_SetString(PyExc_TypeError, "Timed() takes a handler, and who notes how long it took");
        return NULL;
    }
    struct timed *timed = (struct timed *)type->tp_alloc(type, 0);
    if (timed == NULL)
        return NULL;
    timed->call = timed_call;
    timed->handler = Py_NewRef(handler);
    timed->note = Py_NewRef(note);
    return (PyObject *)timed;
}

static int timed_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((struct timed *)self)->handler);
    Py_VISIT(((struct timed *)self)->note);
    return 0;
}

static int timed_clear(PyObject *self)
{
    Py_CLEAR(((struct timed *)self)->handler);
    Py_CLEAR(((struct timed *)self)->note);
    return 0;
}

static void timed_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    timed_clear(self);
    Py_TYPE(self)->tp_free(self);
}

static PyMemberDef timed_members[] = {
    {"__wrapped__", T_OBJECT_EX, offsetof(struct timed, handler), READONLY, PyDoc_STR("The handler.")},
    {NULL},
};

static PyTypeObject TIMED = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "hftd._wire.Timed",
    .tp_doc = PyDoc_STR("Timed(handler, note): the handler, and note(ns) once it has answered."),
    .tp_basicsize = sizeof(struct timed),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_vectorcall_offset = offsetof(struct timed, call),
    .tp_call = PyVectorcall_Call,
    .tp_members = timed_members,
    .tp_new = timed_new,
    .tp_traverse = timed_traverse,
    .tp_clear = timed_clear,
    .tp_dealloc = timed_dealloc,
};

int wire_add_timed(PyObject *module)
{
    return PyModule_AddType(module, &TIMED);
}
