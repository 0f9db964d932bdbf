#include "evaluate/table.h"

#include <gtest/gtest.h>

namespace codectrace::evaluate {
namespace {

Table sample() {
  Table table({"name", "EER"});
  table.add({"größe", "1.5"});
  table.add({"a|b_c", "12.25"});
  return table;
}

TEST(Table, AlignsByCharactersNotBytes) {
  EXPECT_EQ(sample().written(TableFormat::Text),
            "  name     EER\n"
            "  größe    1.5\n"
            "  a|b_c  12.25\n");
}

TEST(Table, EscapesWhatMarkdownReads) {
  EXPECT_EQ(sample().written(TableFormat::Markdown),
            "| name | EER |\n"
            "|---|--:|\n"
            "| größe | 1.5 |\n"
            "| a\\|b_c | 12.25 |\n");
}

TEST(Table, EscapesWhatLatexReads) {
  EXPECT_EQ(sample().written(TableFormat::Latex),
            "\\begin{tabular}{lr}\n\\toprule\nname & EER \\\\\n\\midrule\n"
            "größe & 1.5 \\\\\na|b\\_c & 12.25 \\\\\n\\bottomrule\n\\end{tabular}\n");
  Table special({"a\\b", "50 % & more"});
  special.add({"x^2", "{~}"});
  const auto text = special.written(TableFormat::Latex);
  EXPECT_NE(text.find("a\\textbackslash{}b & 50 \\% \\& more"), std::string::npos);
  EXPECT_NE(text.find("x\\textasciicircum{}2 & \\{\\textasciitilde{}\\}"), std::string::npos);
}

}  // namespace
}  // namespace codectrace::evaluate
