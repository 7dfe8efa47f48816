/* Along a tape, one event after another, to the venue and to the engine, until something follows from one. */
#include "slots.h"

/* Whether a venue or an engine had something to say; -1 and an exception. */
static int says(PyObject *answer)
{
    return PyTuple_CheckExact(answer) ? PyTuple_GET_SIZE(answer) > 0 : PyObject_IsTrue(answer);
}

/* Whether the event comes at `due` or later; -1 and an exception. */
static int has_come(PyObject *event, PyObject *name, long long due)
{
    long long at = 0;
    PyObject *seen = PyObject_GetAttr(event, name);
    if (seen != NULL && !whole(seen, &at))
        PyErr_SetString(PyExc_TypeError, "the time of an event is no number of 64 bits");
    Py_XDECREF(seen);
    return PyErr_Occurred() ? -1 : at >= due;
}

/* hftd.lab.walk: (event, reports, effects) of the first event from which something follows, (event, None, ()) of the
 * first that is due or is neither print nor quote, which nobody has heard yet; None at the end. */
PyObject *wire_walk(PyObject *module, PyObject *const *given, Py_ssize_t count)
{
    enum { EVENTS, DUE, A_TRADE, A_QUOTE, TRADE, QUOTE, STEP, PARTS };
    (void)module;
    long long due;
    if (count != PARTS || !PyIter_Check(given[EVENTS]) || !whole(given[DUE], &due)) {
        PyErr_SetString(PyExc_TypeError, "walk() takes events, a time, two classes and who is to hear them");
        return NULL;
    }
    PyObject *event, *found = NULL, *name = PyUnicode_InternFromString("seen");
    for (unsigned number = 0; name != NULL && found == NULL && (event = PyIter_Next(given[EVENTS])) != NULL; number++) {
        PyObject *class = (PyObject *)Py_TYPE(event), *reports = NULL, *effects = NULL;
        PyObject *venue = class == given[A_TRADE] ? given[TRADE] : class == given[A_QUOTE] ? given[QUOTE] : NULL;
        int come = number % 1024 == 1023 && PyErr_CheckSignals() < 0 ? -1 : has_come(event, name, due);
        if (come > 0 || (come == 0 && venue == NULL))
            found = Py_BuildValue("OO()", event, Py_None);
        else if (come == 0 && (reports = PyObject_CallOneArg(venue, event)) != NULL &&
                 (effects = PyObject_CallOneArg(given[STEP], event)) != NULL) {
            int reported = says(reports), followed = says(effects);
            if (reported > 0 || followed > 0)
                found = PyTuple_Pack(3, event, reports, effects);
        }
        Py_XDECREF(reports);
        Py_XDECREF(effects);
        Py_DECREF(event);
        if (PyErr_Occurred()) {
            Py_CLEAR(found);
            break;
        }
    }
    Py_XDECREF(name);
    return found != NULL || PyErr_Occurred() ? found : Py_NewRef(Py_None);
}
