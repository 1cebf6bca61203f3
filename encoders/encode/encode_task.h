// A task as its encoder lcore knows it, and the commands by which the control thread changes it. Made by the control
// thread, handed over by a queue, then the encoder lcore's alone.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "dataplane/base/clock.h"
#include "dataplane/base/counter.h"
#include "dataplane/base/ids.h"
#include "encoders/encode/aggregation_plan.h"
#include "encoders/encode/alarm_form.h"
#include "encoders/encode/left_out_media.h"
#include "encoders/encoder.h"
#include "encoders/integrity/integrity_chain.h"
#include "encoders/spool/spool.h"
#include "encoders/spool/task_seal.h"

namespace lictor {

enum class TaskState : uint8_t {
  kPending,  // before its window
  kActive,
  kEnded,  // its last record is appended; none will follow
};

// The way of HI1 past the IRI that waits for the agency.
struct ExpressWay {
  Spool* spool = nullptr;  // null: there is none, and HI1 waits with IRI
  std::unique_ptr<TaskSeal> seal;
  uint64_t bytes_max = UINT64_MAX;  // that may wait in it
};

struct EncodeTask {
  TaskSlot slot{};
  Xid xid;
  LegalTime start;
  LegalTime stop;   // min(end of the window, lease): the first instant in which copying is not lawful
  bool iri = true;  // IPIRI or L2IRI records are delivered
  bool cc = true;   // IPCC or L2CC records are delivered
  bool hi1 = true;  // HI1 notifications are delivered
  AlarmForm alarms = AlarmForm::kHi1;
  bool reset_first = false;  // a cINReset goes before everything else
  AggregationPlan aggregation;
  LeftOutMedia left_out;
  bool static_session = true;    // what it names without a session is told as one, from its start to its end
  bool numbers_by_liid = false;  // all of its sessions are in the series of its own CIN
  std::unique_ptr<Encoder> encoder;
  Spool* hi2 = nullptr;  // this encoder lcore's spools of the task's destinations; owned by the handover
  Spool* hi3 = nullptr;
  ExpressWay express;                  // beside hi2
  bool is_reopened = false;            // a former process left records of it on HI2: its HI1 goes behind them
  std::unique_ptr<TaskSeal> hi2_seal;  // where the spools are on disk
  std::unique_ptr<TaskSeal> hi3_seal;
  std::unique_ptr<IntegrityChain> integrity;  // null: nobody proves its records
  // A former process's numbers go on, by RecordKind. Of a task that is added, not of one that is replaced.
  std::array<uint32_t, kSeriesKinds> first_numbers{};
};

// A record that stands for no packet and no event. Without a packet: a testPDU on that series' connection; with one: a
// content record of it.
struct TestRecord {
  RecordKind series = RecordKind::kIri;  // kIri: HI2; kCc: HI3
  std::string packet;
};

// A task that runs gets another spool for HI3, and its seal where that is on disk.
struct SpoolMove {
  Spool* hi3 = nullptr;
  std::unique_ptr<TaskSeal> seal;
};

struct TaskCommand {
  enum class Kind : uint8_t {
    kAdd,       // `task`: slot is free
    kReplace,   // `task` takes the place of the one in its slot, numbers go on; HI1 liModified
    kMove,      // `slot`: `move`
    kEnd,       // `slot`: nothing of it will be copied any more; append what is under way, then the closing records
    kRevoke,    // the same without closing records
    kAlarm,     // `slot`: the agency is told `text`, in its form
    kError,     // `slot`: an operator's message of that priority, with `text`
    kNote,      // the same, informational
    kAlarmAll,  // the same to every active task of this lcore: what cannot be attributed, such as packets that a port
                // missed
    kTest,      // `slot`: a record that an acceptance run asks for
  };
  Kind kind = Kind::kAdd;
  TaskSlot slot{};
  std::unique_ptr<EncodeTask> task;
  std::string text;
  TestRecord test = {};
  SpoolMove move = {};
};

// Written by the encoder lcore, read by the control thread.
struct TaskProgress {
  std::atomic<TaskState> state{TaskState::kPending};
  Counter offered_octets;  // of CC records, and of those that there was no room for, since the slot's task was added
};

}  // namespace lictor
