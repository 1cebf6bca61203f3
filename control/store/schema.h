// The tables of the SQLite store and how an older file becomes a newer one. Used by sqlite_store.cc at start, on one
// thread.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include "dataplane/base/result.h"

namespace lictor::control {

// The version that this program writes: the number of migrations that it knows.
int schema_version_known();

// Brings the file to schema_version_known(), one transaction a step. FailedPrecondition where the file was written by a
// newer program or is no store of ours; it is then left as it was. May throw SQLite::Exception.
Status migrate(SQLite::Database& database);

}  // namespace lictor::control
