import { HotLine } from "./hot_line/screen";

frappe.provide("customer_service");
customer_service.HotLine = HotLine;
