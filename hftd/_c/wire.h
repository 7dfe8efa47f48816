/* What the parts of hftd._wire show its module. Each function has a twin in Python, named where it is declared. */
#ifndef HFTD_WIRE_H
#define HFTD_WIRE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* hftd.runtime.framing.split_in_python */
PyObject *wire_split(PyObject *module, PyObject *const *given, Py_ssize_t count);

/* hftd.venues.alpaca.market_data.MarketData.decode: trades and quotes in their usual form, None for all else */
PyObject *wire_ticks(PyObject *module, PyObject *const *given, Py_ssize_t count);

/* hftd.venues.alpaca.market_data.MarketData.stretch: the same of many frames, up to the first that is unusual. Where it
 * is lacking, frames are taken one by one (hftd.runtime.intake) */
PyObject *wire_stretch(PyObject *module, PyObject *const *given, Py_ssize_t count);

/* hftd.runtime.past.record.add_frames_in_python and append_in_python */
PyObject *wire_add_frames(PyObject *module, PyObject *const *given, Py_ssize_t count);
PyObject *wire_append(PyObject *module, PyObject *const *given, Py_ssize_t count);

/* hftd.lab.replay.walk.walk_in_python and hftd.core.stretch.live_in_python */
PyObject *wire_walk(PyObject *module, PyObject *const *given, Py_ssize_t count);
PyObject *wire_live(PyObject *module, PyObject *const *given, Py_ssize_t count);

/* The type Timed, hftd.runtime.models.stopwatch.timed_in_python */
int wire_add_timed(PyObject *module);

/* The types Step, hftd.core.engine.Engine.step_in_python, and Print, hftd.core.matching.Exchange.trade_in_python */
int wire_add_step(PyObject *module);
int wire_add_print(PyObject *module);

/* The types Glance, hftd.core.risk.glance, and Heed, hftd.core.engine.Engine._heed */
int wire_add_glance(PyObject *module);
int wire_add_heed(PyObject *module);

/* The type Placing, hftd.venues.alpaca.broker.AlpacaBroker.submit */
int wire_add_placing(PyObject *module);

/* The types Column and Rows, hftd.tape.column */
int wire_add_columns(PyObject *module);

#endif
