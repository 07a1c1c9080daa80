import { expect, it } from "vitest"
import { emptyTable, nameIn, tableOf } from "./table"

it("reads cells by column, and leaves out empty ones", () => {
  const table = tableOf('\uFEFFFile;agent_id;company\r\na.wav;1042;"华信; ""总部"""\r\n\r\n2026\\b.wav;;锦和\n')
  expect(table.fault).toBeNull()
  expect([...table.rows]).toEqual([
    ["a.wav", { agent_id: "1042", company: '华信; "总部"' }],
    ["2026/b.wav", { company: "锦和" }],
  ])
})

it("finds a file by its name or the end of its path, the longest", () => {
  const table = tableOf("file,agent_id\na.wav,1\n1/a.wav,2\n")
  expect(nameIn(table, "/x/1/a.wav")).toBe("1/a.wav")
  expect(nameIn(table, "/x/2/a.wav")).toBe("a.wav")
  expect(nameIn(table, "aa.wav")).toBeNull()
})

it.each([
  ["agent_id\n1", "no_file_column", 1, ""],
  ["file,caller\na,1", "unknown_column", 1, "caller"],
  ["file,team,team\na,1,1", "column_twice", 1, "team"],
  ["file,team\n,A", "no_name", 2, ""],
  ["file,team\na,A\na,B", "name_twice", 3, "a"],
  ["file,team\n\na,A,B", "too_many_cells", 3, "3"],
  ['file,team\na,"A', "quote", 2, ""],
  ["", "no_file_column", 1, ""],
])("tells what is wrong, and in which line: %j", (text, kind, line, value) => {
  expect(tableOf(text)).toEqual({ rows: new Map(), fault: { kind, line, value } })
})

it("makes a table to fill in, which it can read", () => {
  expect([...tableOf(emptyTable(["a.wav", "=1.wav", 'b, "c".wav'])).rows.keys()]).toEqual(["a.wav", 'b, "c".wav'])
})
