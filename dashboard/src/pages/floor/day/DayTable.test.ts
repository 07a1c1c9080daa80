// @vitest-environment happy-dom
import { mount } from "@vue/test-utils"
import { expect, it } from "vitest"
import DayTable from "./DayTable.vue"

it("is named for who reads by ear, scrolls by the keyboard, and has a sum only where one is given", () => {
  const props = { label: "每小时", columns: ["小时", "通话"] }
  const table = mount(DayTable, { props, slots: { default: "<tr><th>8</th><td>3</td></tr>", sum: "<tr><th>合计</th><td>3</td></tr>" } })
  expect(table.attributes()).toMatchObject({ role: "region", "aria-label": "每小时", tabindex: "0" })
  expect(table.findAll("thead th[scope=col]").map((one) => one.text())).toEqual(["小时", "通话"])
  expect(table.findAll("tbody tr").map((one) => one.text())).toEqual(["83"])
  expect(table.find("tfoot").text()).toBe("合计3")
  expect(mount(DayTable, { props }).find("tfoot").exists()).toBe(false)
})
