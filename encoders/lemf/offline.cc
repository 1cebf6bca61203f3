#include "encoders/lemf/offline.h"

#include <fmt/format.h>

#include <cstdio>

#include "encoders/lemf/intake.h"
#include "encoders/lemf/json_writer.h"
#include "encoders/lemf/record_file.h"
#include "encoders/lemf/record_tree.h"
#include "encoders/lemf/summary.h"
#include "encoders/pcap/pcapng_writer.h"

namespace lictor::lemf {
namespace {

// Tells `intake` where the file ends badly.
void judge_end(const FileEnd& end, Intake& intake) {
  if (end.how == FileEndKind::kInsideRecord) intake.lost_place("the file ends inside a record");
  if (end.how == FileEndKind::kLostPlace) intake.lost_place("what follows begins no record");
}

}  // namespace

Result<FileVerdict> check_file(const std::string& path, Expectation expectation) {
  Intake intake(interface_of_file(path), expectation, {}, path);
  const Result<FileEnd> end = read_records(path, [&intake](Bytes record) { intake.record(record); });
  if (!end.ok()) return end.status();
  judge_end(*end, intake);
  return FileVerdict{.clean = intake.account().counts().errors == 0, .text = summary_line(path, intake.account())};
}

Status print_file(const std::string& path) {
  uint64_t offset = 0;
  std::string text;
  der::RecordView view;
  bool written = true;
  const Result<FileEnd> end = read_records(path, [&](Bytes record) {
    text.clear();
    der::walk_record(record, view);
    text += fmt::format("# octet {}: {}, {} octets{}\n", offset, der::name_of(view.kind), record.size(),
                        view.deviations.none() ? "" : "; " + view.complaint());
    JsonWriter json(text, JsonStyle::kIndented);
    write_record_tree(record, json);
    text.push_back('\n');
    written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && written;
    offset += record.size();
  });
  if (!end.ok()) return end.status();
  if (std::fflush(stdout) != 0 || !written) return absl::UnavailableError("cannot write to standard output");
  if (end->how != FileEndKind::kWhole)
    return absl::DataLossError(fmt::format("{}: no whole record at octet {}", path, end->whole_bytes));
  return absl::OkStatus();
}

Result<uint64_t> write_pcapng(const std::string& path, const std::string& out, SavedContent content) {
  Result<OutputFile> file = OutputFile::open_beside({path}, out);
  if (!file.ok()) return file.status();
  const bool frames = content == SavedContent::kFrames;
  append_pcapng_section(file->buffer(), frames ? kLinkTypeEthernet : kLinkTypeRaw);
  IntakeOutputs outputs;
  (frames ? outputs.frames : outputs.packets) = &*file;
  Intake intake(interface_of_file(path), {.strictness = Strictness::kLenient}, outputs, path);
  const Result<FileEnd> end = read_records(path, [&intake](Bytes record) { intake.record(record); });
  file->flush();
  if (!end.ok()) return end.status();
  if (!file->status().ok()) return file->status();
  judge_end(*end, intake);
  if (intake.account().counts().errors > 0) return absl::DataLossError(summary_line(path, intake.account()));
  return intake.packets();
}

}  // namespace lictor::lemf
