#include "slots.h"

#include <structmember.h>

int slots_of(PyObject *class, const char *const *names, int count, Py_ssize_t *found)
{
    for (int field = 0; field < count; field++) {
        PyObject *slot = PyObject_GetAttrString(class, names[field]);
        if (slot == NULL)
            return -1;
        PyMemberDef *member = Py_IS_TYPE(slot, &PyMemberDescr_Type) ? ((PyMemberDescrObject *)slot)->d_member : NULL;
        int is_slot = member != NULL && member->type == T_OBJECT_EX;
        if (is_slot)
            found[field] = member->offset;
        Py_DECREF(slot);
        if (!is_slot) {
            PyErr_Format(PyExc_TypeError, "%s is no slot of %R", names[field], class);
            return -1;
        }
    }
    return 0;
}

int any_whole(PyObject *object, long long *found)
{
    int beyond = 0;
    if (object == NULL || !PyLong_CheckExact(object))
        return 0;
    *found = PyLong_AsLongLongAndOverflow(object, &beyond);
    return !beyond;
}

int sets_last(struct recalled *recalled, PyObject *known, PyObject *tape, PyObject *conditions)
{
    for (int place = 0; place < RECALLED; place++)
        if (recalled->conditions[place] == conditions && recalled->tape[place] == tape && tape != NULL)
            return recalled->sets[place];
    PyObject *of_tape = tape == NULL ? NULL : PyDict_GetItemWithError(known, tape);
    PyObject *sets = of_tape == NULL || conditions == NULL ? NULL : PyDict_GetItemWithError(of_tape, conditions);
    if (sets != NULL) {
        int place = recalled->next++ % RECALLED;
        Py_XSETREF(recalled->tape[place], Py_NewRef(tape));
        Py_XSETREF(recalled->conditions[place], Py_NewRef(conditions));
        return recalled->sets[place] = sets == Py_True;
    }
    PyErr_Clear(); /* what cannot be looked up, the way in Python complains of */
    return -1;
}

void forget(struct recalled *recalled)
{
    for (int place = 0; place < RECALLED; place++) {
        Py_CLEAR(recalled->tape[place]);
        Py_CLEAR(recalled->conditions[place]);
    }
}

int count_up(PyObject *counts, PyObject *what)
{
    long long before;
    if (!whole(PyDict_GetItemWithError(counts, what), &before))
        return -1;
    PyObject *after = PyLong_FromLongLong(before + 1);
    int bad = after == NULL ? -1 : PyDict_SetItem(counts, what, after);
    Py_XDECREF(after);
    return bad;
}
