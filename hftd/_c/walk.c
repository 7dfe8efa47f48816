/* One event after another, until something follows from one: along a tape, to the venue and to the engine; and of what
 * came in together, to the engine. */
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

/* Whether a tick comes at `due` or later: prints and quotes keep their time in a slot, others are asked for it. */
static int tick_has_come(PyObject *tick, PyObject *const *class, const Py_ssize_t *slot, long long due)
{
    for (int kind = 0; kind < 2; kind++)
        if ((PyObject *)Py_TYPE(tick) == class[kind])
            return has_come(tick, slot[kind], due);
    long long at;
    PyObject *seen = PyObject_GetAttrString(tick, "seen");
    int come = seen == NULL ? -1 : whole(seen, &at) ? at >= due : -1;
    if (come < 0 && !PyErr_Occurred())
        PyErr_SetString(PyExc_TypeError, "the time of a tick is no number of 64 bits");
    Py_XDECREF(seen);
    return come;
}

PyObject *wire_live(PyObject *module, PyObject *const *given, Py_ssize_t count)
{
    enum { A_TRADE, A_QUOTE, STEP, TICKS, DUE, PARTS };
    (void)module;
    static const char *const SEEN[] = {"seen"};
    long long due;
    Py_ssize_t slot[2];
    if (count != PARTS || !PyList_Check(given[TICKS]) || !whole(given[DUE], &due)) {
        PyErr_SetString(PyExc_TypeError, "live() takes two classes, an engine's step, a list of ticks and a time");
        return NULL;
    }
    if (slots_of(given[A_TRADE], SEEN, 1, &slot[0]) < 0 || slots_of(given[A_QUOTE], SEEN, 1, &slot[1]) < 0)
        return NULL;
    PyObject *effects = PyTuple_New(0);
    Py_ssize_t taken = 0;
    for (int follows = 0; effects != NULL && !follows && taken < PyList_GET_SIZE(given[TICKS]); taken++) {
        PyObject *tick = Py_NewRef(PyList_GET_ITEM(given[TICKS], taken));
        int come = tick_has_come(tick, given, slot, due);
        if (come == 0)
            Py_XSETREF(effects, PyObject_CallOneArg(given[STEP], tick));
        Py_DECREF(tick);
        if (come > 0)
            break;
        follows = come < 0 || effects == NULL ? -1 : says(effects);
        if (follows < 0)
            Py_CLEAR(effects);
    }
    PyObject *both = effects == NULL ? NULL : Py_BuildValue("nO", taken, effects);
    Py_XDECREF(effects);
    return both;
}
