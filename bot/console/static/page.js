// The page works without this file; with it answers arrive as they are written.

import { begin, end, giveBack, isRunning, keepInView, onQuestion, toEnd } from "./composer.js";
import { Refused, follow, post, why } from "./wire.js";

const exchanges = document.querySelector("#exchanges");
const welcome = document.querySelector("#welcome");
const spoken = document.querySelector("#spoken");

// Asking

async function ask(text) {
  const signal = begin();
  welcome.hidden = true;
  const item = addExchange(text);
  const body = item.querySelector(".answer > .text");
  let written = "";
  try {
    await follow(await post("/ask", { text }, "text/event-stream", signal), {
      piece: (data) => {
        written += data.text;
        body.classList.remove("waiting");
        keepInView(() => { body.textContent = written; });
      },
      notice: (data) => {
        body.textContent = `${data.text} `;
        spoken.textContent = data.text;
      },
      answer: (data) => keepInView(() => finish(item, data)),
    });
  } catch (error) {
    giveUp(item, text, error);
  } finally {
    end();
    refreshStatus();
  }
}

function addExchange(text) {
  const item = document.querySelector("#blank").content.cloneNode(true).querySelector("li");
  item.classList.add("coming");
  item.querySelector(".question .text").textContent = text;
  item.querySelector(".answer").setAttribute("aria-busy", "true");
  const body = item.querySelector(".answer > .text");
  body.textContent = "正在查题库、问模型 ";
  body.classList.add("waiting");
  exchanges.append(item);
  spoken.textContent = "正在作答";
  toEnd();
  return item;
}

function finish(item, data) {
  settle(item, data.text);
  item.id = `ask-${data.ask_id}`;
  const answer = item.querySelector(".answer");
  answer.dataset.source = data.source;
  answer.dataset.answered = data.answered ? "yes" : "no";
  item.querySelector(".badge").textContent = data.badge;
  item.querySelector("summary span").textContent = data.answered ? "纠正" : "我知道答案";
  item.querySelector(".rating").action = `/asks/${data.ask_id}/rating`;
  item.querySelector(".correction form").action = `/asks/${data.ask_id}/correction`;
  item.querySelector(".passport").append(...data.passport.map(passportRow));
  spoken.textContent = `${data.badge}：${data.text}`;
}

function passportRow({ label, words }) {
  const row = document.createElement("div");
  row.append(document.createElement("dt"), document.createElement("dd"));
  row.firstChild.textContent = label;
  row.lastChild.textContent = words;
  return row;
}

/** No answer came: say why, keep what was written so far, give the question back. */
function giveUp(item, text, error) {
  const body = item.querySelector(".answer > .text");
  if (body.classList.contains("waiting")) {
    item.remove();
    welcome.hidden = exchanges.children.length > 0;
  } else {
    settle(item, body.textContent);
    item.querySelector(".badge").textContent = "没有答完";
    item.querySelector(".opinion").remove();
  }
  giveBack(text, why(error));
}

function settle(item, text) {
  const body = item.querySelector(".answer > .text");
  body.classList.remove("waiting");
  body.textContent = text;
  item.classList.remove("coming");
  item.querySelector(".answer").removeAttribute("aria-busy");
}

async function refreshStatus() {
  const reply = await fetch("/console/status", { headers: { Accept: "application/json" }, redirect: "manual" }).catch(() => null);
  if (!reply?.ok) return;
  const words = await reply.json();
  const line = document.querySelector("#status");
  line.dataset.model = words.state;
  line.querySelector("[data-bank]").textContent = words.bank;
  line.querySelector("[data-words]").textContent = words.model;
}

onQuestion(ask);

welcome.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!isRunning() && event.submitter) ask(event.submitter.value);
});

// Opinions

exchanges.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  const act = form.matches(".rating") ? rate(form, event.submitter) : form.matches(".withdraw") ? withdraw(form) : propose(form);
  act.catch((error) => {
    say(form, error instanceof Refused ? error.message : "没有成功，请稍后再试。", true);
  });
});

async function rate(form, button) {
  const reply = await post(form.action, { rating: button.value }, "application/json");
  const { rating } = await reply.json();
  for (const one of form.querySelectorAll("button")) {
    const pressed = Number(one.dataset.value) === rating;
    one.setAttribute("aria-pressed", String(pressed));
    one.value = pressed ? "0" : one.dataset.value;
  }
  say(form, "");
}

async function propose(form) {
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const reply = await post(form.action, new FormData(form), "application/json");
    const { text, proposed, correction_id } = await reply.json();
    showProposal(form.closest(".answer"), proposed, correction_id);
    form.reset();
    const details = form.closest("details");
    details.open = false;
    details.querySelector("summary").focus();
    say(details, text);
  } finally {
    button.disabled = false;
  }
}

async function withdraw(form) {
  const reply = await post(form.action, {}, "application/json");
  const { text } = await reply.json();
  const row = form.closest("li");
  row.querySelector("em").textContent = "已撤回";
  say(row, text);
  form.remove();
}

function showProposal(answer, proposed, id) {
  const list = answer.querySelector(".proposals");
  // Another answer takes the place of the one that still waits.
  list.querySelector("li:has(.withdraw)")?.remove();
  const row = document.createElement("li");
  const what = document.createElement("span");
  const bold = document.createElement("b");
  const standing = document.createElement("em");
  bold.textContent = proposed;
  standing.textContent = "待审";
  what.append("你的纠正：", bold);
  const form = document.createElement("form");
  form.className = "withdraw";
  form.method = "post";
  form.action = `/corrections/${id}/withdrawal`;
  const button = document.createElement("button");
  button.textContent = "撤回";
  form.append(button);
  row.append(what, " ", standing, " ", form);
  list.append(row);
}

function say(inside, words, wrong = false) {
  const note = inside.closest(".answer").querySelector(".note");
  note.textContent = words;
  note.toggleAttribute("data-wrong", wrong);
}

exchanges.addEventListener("toggle", (event) => {
  if (event.target.open) event.target.querySelector("textarea").focus();
}, true);

document.addEventListener("visibilitychange", () => { if (!document.hidden) refreshStatus(); });

if (exchanges.children.length > 0 && !location.hash.startsWith("#ask-")) toEnd();
