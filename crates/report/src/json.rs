//! The case as one JSON document.

use serde::Serialize;

use crate::View;

/// The whole case as JSON: schema `candor.report/1`, then the fields of [`View`].
pub fn json(view: &View) -> serde_json::Result<String> {
    #[derive(Serialize)]
    struct Document<'a> {
        schema: &'static str,
        #[serde(flatten)]
        view: &'a View,
    }
    serde_json::to_string_pretty(&Document { schema: "candor.report/1", view })
}
