#include "evaluate/report_style.h"

namespace codectrace::evaluate {

std::string_view report_style() {
  return R"css(
:root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --text: #1b1f24; --soft: #59636e;
  --line: #d8dee4; --accent: 59, 130, 214; --bad: 217, 119, 6; }
@media (prefers-color-scheme: dark) { :root { --page: #111418; --card: #1a1f25; --text: #e6eaef;
  --soft: #9aa5b1; --line: #333b45; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 76rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.25rem 0 .5rem; }
p { margin: .4rem 0; max-width: 48rem; }
.soft, figcaption, caption { color: var(--soft); font-size: .9rem; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: .75rem 0 1.25rem; font-size: .95rem; }
a { color: rgb(var(--accent)); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .75rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .8rem 1rem; }
.card .name { color: var(--soft); font-size: .9rem; }
.card .value { font-size: 1.9rem; font-weight: 650; line-height: 1.25; font-variant-numeric: tabular-nums; }
.card .note { color: var(--soft); font-size: .85rem; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: 1rem; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 1rem; }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  padding: .75rem; min-width: 0; }
figure svg { display: block; width: 100%; height: auto; color: var(--text); }
figure.bars { max-width: 52rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .93rem; font-variant-numeric: tabular-nums;
  background: var(--card); }
caption { text-align: left; padding-bottom: .35rem; }
th, td { padding: .3rem .5rem; border: 1px solid var(--line); text-align: right; white-space: nowrap; }
th { font-weight: 600; }
th[scope=row], td.text, th.text { text-align: left; }
td.note { white-space: normal; color: var(--soft); }
td.id { text-align: left; font-family: ui-monospace, monospace; font-size: .85rem; }
thead th { background: var(--page); white-space: normal; }
table.sortable thead th { cursor: pointer; }
th[aria-sort=ascending]::after { content: " \25B4"; } th[aria-sort=descending]::after { content: " \25BE"; }
table.confusion td { background: rgba(var(--bad), calc(var(--share) * .5)); min-width: 5rem; }
table.confusion td.right { background: rgba(var(--accent), calc(var(--share) * .5)); }
table.confusion td small { display: block; color: var(--soft); }
table.confusion td.none, td.none { color: var(--soft); text-align: center; background: none; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
pre { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  padding: .75rem; font-size: .85rem; }
.warning { border-left: 4px solid rgb(var(--bad)); background: var(--card); padding: .5rem .9rem; }
@media (max-width: 40rem) { main { padding: 1rem .8rem 3rem; } h1 { font-size: 1.4rem; }
  th, td { padding: .25rem .45rem; } dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; }
  .card .value { font-size: 1.6rem; } }
@media print { :root { color-scheme: light; --page: #fff; --card: #fff; --text: #000; --soft: #444;
  --line: #bbb; } nav { display: none; } body { font-size: 10.5pt; }
  figure, .card, table { break-inside: avoid; } h2, h3 { break-after: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
)css";
}

std::string_view report_script() {
  return R"js(
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  const value = (row, column) => {
    const cell = row.cells[column];
    const number = cell.matches(".text, .id, [scope=row]") ? NaN : parseFloat(cell.textContent);
    return isNaN(number) ? cell.textContent : number;
  };
  heads.forEach((head, column) => {
    const sort = () => {
      const falling = head.ariaSort !== "descending";
      const rows = [...table.tBodies[0].rows].sort((a, b) => {
        const [x, y] = [value(a, column), value(b, column)];
        const order = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y));
        return falling ? -order : order;
      });
      for (const each of heads) each.ariaSort = null;
      head.ariaSort = falling ? "descending" : "ascending";
      table.tBodies[0].append(...rows);
    };
    head.tabIndex = 0;
    head.addEventListener("click", sort);
    head.addEventListener("keydown", event => { if (event.key === "Enter") sort(); });
  });
}
)js";
}

}  // namespace codectrace::evaluate
