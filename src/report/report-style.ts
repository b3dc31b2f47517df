/** The style sheet of reports: of trainings and evaluations. */
export const reportStyle = `
:root { --training: #2a6fcf; --validation: #d9650d; --muted: #5b6370; --panel: #f5f6f8; --page: #ffffff; }
@media screen and (prefers-color-scheme: dark) {
:root { --training: #6ea6f5; --validation: #f39a4e; --muted: #a2aab6; --panel: #1d2026; --page: #14161a; --bar: #ef7684; }
}
* { box-sizing: border-box; }
body { background: var(--page); }
section { border-top: 1px solid var(--line); margin-top: 2rem; padding-top: 1.5rem; }
h1 { overflow-wrap: anywhere; }
header p { max-width: 52rem; overflow-wrap: anywhere; }
section > p { color: var(--muted); margin: -.25rem 0 1rem; max-width: 52rem; }
svg { display: block; height: auto; width: 100%; }
small { color: var(--muted); font-weight: 400; }
.tiles { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.25rem 0 0; }
.tiles div { background: var(--panel); border-radius: 8px; display: flex; flex: 1 1 9rem; flex-direction: column-reverse; justify-content: flex-end; padding: .7rem 1rem; }
.tiles dd { font-size: 1.7rem; font-weight: 600; line-height: 1.25; margin: 0; white-space: nowrap; }
.tiles dt { color: var(--muted); font-size: .85rem; line-height: 1.3; }
figure { margin: 0; }
figcaption { font-size: .9rem; }
.curves { display: grid; gap: 1.75rem 2.5rem; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); }
.curves figcaption { color: var(--muted); margin-bottom: .4rem; }
.curves figcaption b { color: CanvasText; margin-right: .4rem; }
.columns { display: grid; gap: 1.5rem 3rem; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr)); margin-top: 1.5rem; align-items: start; }
.scroll { overflow-x: auto; }
.tall { max-height: 36rem; overflow-y: auto; }
table.grid { font-size: .92rem; }
.grid th, .grid td { border-bottom: 1px solid var(--line); padding: .2rem .6rem .2rem 0; }
.grid thead th { color: var(--muted); font-size: .85rem; text-align: right; }
.grid thead th.name, .grid tbody th, .grid tfoot th { text-align: left; }
.grid tfoot th, .grid tfoot td { border-bottom: 0; font-weight: 600; }
.scores td.bar { padding-left: .6rem; width: 40%; }
.scores td.bar i { background: var(--training); }
.scores th { padding-right: 1.5rem; }
.scores { margin-top: 1.5rem; }
.matrix { align-items: flex-start; display: flex; flex-wrap: wrap; gap: 1.5rem 2.5rem; }
.matrix > :first-child { flex: 0 1 auto; min-width: 0; }
.matrix > :last-child { flex: 1 1 20rem; }
.matrix tbody th { overflow-wrap: anywhere; white-space: normal; }
.tall thead th { background: var(--page); position: sticky; top: 0; }
.tall tfoot { background: var(--page); bottom: 0; position: sticky; }
.grid .best td { font-weight: 700; }
.facts th { color: var(--muted); vertical-align: top; }
.facts td { overflow-wrap: anywhere; text-align: left; white-space: normal; width: 100%; }
.facts td, .facts th { font-size: .92rem; }
.samples { display: grid; gap: 1.25rem; grid-template-columns: repeat(auto-fill, minmax(min(19rem, 100%), 1fr)); }
.maps { display: flex; gap: .35rem; margin-bottom: .35rem; }
.maps img { flex: 1 1 0; min-width: 0; }
.mistakes { display: grid; gap: 1.75rem 2rem; grid-template-columns: repeat(auto-fill, minmax(min(29rem, 100%), 1fr)); }
.mistakes .maps { margin: .35rem 0 0; }
.mistakes .maps div { flex: 1 1 0; max-width: 50%; min-width: 0; }
.mistakes .maps img { width: 100%; }
.mistakes small { display: block; font-size: .8rem; line-height: 1.35; margin-top: .2rem; overflow-wrap: anywhere; }
.located { display: grid; gap: .9rem; grid-template-columns: repeat(auto-fill, minmax(min(9.5rem, 45%), 1fr)); margin-bottom: 1rem; }
.located img { width: 100%; }
.located small { display: block; font-size: .75rem; line-height: 1.3; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
h4 { color: var(--muted); font-size: .85rem; font-weight: 400; margin: .25rem 0; }
section > .tall + .tall { margin-top: 1.5rem; }
@media (max-width: 34rem) { .mistakes .maps { display: grid; grid-template-columns: 1fr 1fr; } .mistakes .maps div { max-width: none; } }
.wrong { color: var(--bar); font-weight: 600; white-space: nowrap; }
ul { padding-left: 1.2rem; }
li { overflow-wrap: anywhere; }
@media print {
body { font-size: 11pt; }
figure, tr { break-inside: avoid; }
.tall { max-height: none; }
.tiles div { border: 1px solid var(--line); flex-basis: 6rem; }
.curves { grid-template-columns: 1fr 1fr; }
td.bar i { print-color-adjust: exact; }
h2, section > p { break-after: avoid; }
}
`;
