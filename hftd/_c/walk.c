/* Along a tape, one event after another, to the venue and to the engine, until something follows from one. */
#include "slots.h"

/* Whether a venue or an engine had something to say; -1 and an exception. */
static int says(PyObject *answer)
{
    return PyTuple_CheckExact(answer) ? PyTuple_GET_SIZE(answer) > 0 : PyObject_IsTrue(answer);
}

/* Whether an event that keeps its time in this slot comes at `due` or later; -1 and an exception. */
static int has_come(PyObject *event, Py_ssize_t slot, long long due)
{
    long long at;
    if (whole(held(event, slot), &at))
        return at >= due;
    PyErr_SetString(PyExc_TypeError, "the time of an event is no number of 64 bits");
    return -1;
}

/* hftd.lab.walk: (event, reports, effects) of the first event from which something follows, (event, None, ()) of the
 * first that is due or is neither print nor quote, which nobody has heard yet; None at the end. */
PyObject *wire_walk(PyObject *module, PyObject *const *given, Py_ssize_t count)
{
    enum { EVENTS, DUE, A_TRADE, A_QUOTE, TRADE, QUOTE, STEP, PARTS };
    (void)module;
    static const char *const SEEN[] = {"seen"};
    long long due;
    Py_ssize_t of_trade, of_quote;
    if (count != PARTS || !PyIter_Check(given[EVENTS]) || !whole(given[DUE], &due)) {
        PyErr_SetString(PyExc_TypeError, "walk() takes events, a time, two classes and who is to hear them");
        return NULL;
    }
    if (slots_of(given[A_TRADE], SEEN, 1, &of_trade) < 0 || slots_of(given[A_QUOTE], SEEN, 1, &of_quote) < 0)
        return NULL;
    PyObject *event, *found = NULL;
    for (unsigned number = 0; found == NULL && (event = PyIter_Next(given[EVENTS])) != NULL; number++) {
        PyObject *class = (PyObject *)Py_TYPE(event), *reports = NULL, *effects = NULL;
        PyObject *venue = class == given[A_TRADE] ? given[TRADE] : class == given[A_QUOTE] ? given[QUOTE] : NULL;
        int come = venue == NULL ? 1 : has_come(event, class == given[A_TRADE] ? of_trade : of_quote, due);
        if (number % 1024 == 1023 && PyErr_CheckSignals() < 0)
            come = -1;
        if (come > 0)
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
    return found != NULL || PyErr_Occurred() ? found : Py_NewRef(Py_None);
}
