// The page for rounds works without this file; with it one sees how far it is.

import { begin, end, giveBack, keepInView, onQuestion, toEnd } from "./composer.js";
import { Refused, follow, post, why } from "./wire.js";

const form = document.querySelector("#composer");
const exchanges = document.querySelector("#exchanges");
const welcome = document.querySelector("#welcome");
const spoken = document.querySelector("#spoken");
const round = document.querySelector("#round");
const alone = document.querySelector("#alone");

async function ask(text) {
  const fields = new URLSearchParams(new FormData(form));
  fields.set("text", text);
  const signal = begin();
  welcome.hidden = true;
  const item = addTrial(text);
  try {
    await follow(await post("/rounds", fields, "text/event-stream", signal), {
      notice: (data) => progress(item, data.text),
      answer: (data) => keepInView(() => finish(item, data)),
    });
  } catch (error) {
    giveUp(item, text, error);
  } finally {
    end();
  }
}

function addTrial(text) {
  const item = copy("#blank", "li");
  item.removeAttribute("id");
  item.classList.add("coming");
  item.setAttribute("aria-busy", "true");
  item.querySelector(".question .text").textContent = text;
  exchanges.append(item);
  progress(item, alone?.checked ? "正在问" : "两边正在答");
  toEnd();
  return item;
}

function progress(item, words) {
  item.querySelector(".progress").textContent = words;
  spoken.textContent = words;
}

function finish(item, { sides, note, battle_id }) {
  item.classList.remove("coming");
  item.removeAttribute("aria-busy");
  item.querySelector(".progress").textContent = "";
  item.querySelector(".sides").append(...sides.map(sideOf));
  item.querySelector(".note").textContent = note;
  const vote = item.querySelector(".vote");
  if (battle_id) {
    item.id = `battle-${battle_id}`;
    vote.action = `/rounds/${battle_id}/vote`;
  } else {
    vote.remove();
  }
  spoken.textContent = sides.map((one) => `${one.title}：${one.text}`).join("\n");
}

function sideOf({ mark, title, text, figures }) {
  const side = copy("#blank-side", "article");
  side.querySelector(".badge").textContent = mark ? `${mark} · ${title}` : title;
  side.querySelector(".text").textContent = text;
  side.querySelector(".figures").textContent = figures;
  return side;
}

function giveUp(item, text, error) {
  item.remove();
  welcome.hidden = exchanges.children.length > 0;
  giveBack(text, why(error));
}

function copy(template, selector) {
  return document.querySelector(template).content.cloneNode(true).querySelector(selector);
}

exchanges.addEventListener("submit", (event) => {
  event.preventDefault();
  const vote = event.target;
  const note = vote.closest("li").querySelector(".note");
  choose(vote, event.submitter).then(
    (words) => say(note, words),
    (error) => say(note, error instanceof Refused ? error.message : "没有成功，请稍后再试。", true),
  );
});

function say(note, words, wrong = false) {
  keepInView(() => { note.textContent = words; });
  note.toggleAttribute("data-wrong", wrong);
}

async function choose(vote, button) {
  const reply = await post(vote.action, { choice: button.value }, "application/json");
  const { choice, text } = await reply.json();
  for (const one of vote.querySelectorAll("button")) one.setAttribute("aria-pressed", String(one.value === choice));
  return text;
}

function nameRound() {
  document.querySelector("#alone-words").textContent = `不比，只问第 ${round.value} 轮`;
}

if (round) {
  round.addEventListener("change", nameRound);
  nameRound();
}
onQuestion(ask);
if (exchanges.children.length > 0 && !location.hash.startsWith("#battle-")) toEnd();
