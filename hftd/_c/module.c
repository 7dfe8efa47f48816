/* hftd._wire: the few steps between a tick and its order that are worth compiling. hftd runs without them, slower. */
#include "checksum.h"
#include "wire.h"

#define FAST(name, function, says) {name, (PyCFunction)(void (*)(void))(function), METH_FASTCALL, PyDoc_STR(says)}

static PyMethodDef METHODS[] = {
    FAST("split", wire_split, "split(buffer, at): whole WebSocket messages, and where the first thing else begins"),
    FAST("ticks", wire_ticks, "ticks(frame, seen, trade, quote): events of a JSON frame, None where it is unusual"),
    FAST("stretch", wire_stretch, "stretch(trade, quote, unheeded, frames, seen, heeded): events of many frames"),
    FAST("add_frames", wire_add_frames, "add_frames(buffer, number, feed, seen, frames): append the frames' records"),
    FAST("append", wire_append, "append(buffer, body): append length and CRC-32 of a record's body, and the body"),
    FAST("walk", wire_walk, "walk(events, due, Trade, Quote, trade, quote, step): to where something follows"),
    FAST("live", wire_live, "live(Trade, Quote, step, ticks, due): how many were taken, and what follows from them"),
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, "hftd._wire", PyDoc_STR("The compiled steps."), 0, METHODS, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__wire(void)
{
    wire_prepare_checksums();
    PyObject *module = PyModule_Create(&MODULE);
    if (module != NULL && (wire_add_timed(module) < 0 || wire_add_step(module) < 0 || wire_add_print(module) < 0 ||
                           wire_add_glance(module) < 0 || wire_add_heed(module) < 0 || wire_add_placing(module) < 0 ||
                           wire_add_columns(module) < 0))
        Py_CLEAR(module);
    return module;
}
