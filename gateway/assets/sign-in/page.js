// Signs people in, hands the sign-in to the browser extension, and asks for consent.

const AUTH = "/api/v1/auth";
// The extension's content script listens for this message and reads this key.
const KEY = "fm_auth_state";
const MESSAGE = "FM_AUTH_SUCCESS";

const SCOPES = {
  "cases:read": "Read your cases",
  "cases:write": "Open cases and work on them",
  "evidence:read": "Read the files and evidence of your cases",
  "knowledge:read": "Search the knowledge that you can read",
  "knowledge:write": "Add and change knowledge",
  "reports:write": "Write reports",
};

const query = new URLSearchParams(location.search);
const isConsentPage = location.pathname === "/auth/authorize";
const fromExtension = query.get("source") === "extension";
// Behind the hash, so that the secret reaches no server log.
const invitation = new URLSearchParams(location.hash.slice(1)).get("invitation");
let config;

const element = (id) => document.getElementById(id);

class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

async function call(method, path, { body, token } = {}) {
  const headers = { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  let response;
  try {
    response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw new Refused(0, "The server does not answer. Check that it is running and try again.");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, answer.detail || `The server answered ${response.status}.`);
  return answer;
}

function stored() {
  try {
    const signIn = JSON.parse(localStorage.getItem(KEY));
    return signIn && signIn.access_token && signIn.expires_at > Date.now() ? signIn : null;
  } catch {
    return null;
  }
}

function keep(signIn) {
  localStorage.setItem(KEY, JSON.stringify(signIn));
  window.postMessage({ type: MESSAGE, payload: signIn }, location.origin);
}

function show(ids, title, lead = "") {
  for (const part of document.querySelectorAll("main > form, main > section")) {
    part.hidden = !ids.includes(part.id);
  }
  element("problem").hidden = true;
  element("token-part").hidden = true;
  element("title").textContent = title;
  element("lead").textContent = lead;
  document.title = `${title} · FaultMaven`;
  const first = ids.length && element(ids[0]).querySelector("input");
  (first || element("title")).focus();
}

function tell(error) {
  const problem = element("problem");
  // The name of a field stays as it is.
  const isWord = /^[a-z]+ /.test(error.message);
  const text = isWord ? error.message.charAt(0).toUpperCase() + error.message.slice(1) : error.message;
  problem.textContent = /[.!?]$/.test(text) ? text : `${text}.`;
  problem.hidden = false;
}

// Runs `work` when `form` is submitted; its buttons wait until that is over.
function onSubmit(form, work) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    // Before the buttons are disabled: a disabled one does not say that it was pressed.
    const data = new FormData(form, event.submitter);
    const buttons = form.querySelectorAll("button");
    buttons.forEach((button) => (button.disabled = true));
    element("problem").hidden = true;
    try {
      await work(data);
    } catch (error) {
      tell(error);
    } finally {
      buttons.forEach((button) => (button.disabled = false));
    }
  });
}

function askToSignIn() {
  if (config.setup_required || (invitation && config.supports_invitations)) return askToRegister();
  const lead = isConsentPage ? "Sign in to connect the browser extension." : "";
  show(config.dev_login ? ["login", "dev"] : ["login"], "Sign in", lead);
}

function askToRegister() {
  const first = config.setup_required;
  const invited = invitation ? "You are invited." : "";
  const lead = first ? "This is the first account; it becomes administrator." : invited;
  show(config.dev_login ? ["register", "dev"] : ["register"], "Create an account", lead);
}

async function signedIn(signIn) {
  keep(signIn);
  if (invitation) await accept(signIn);
  if (isConsentPage) return askForConsent(signIn);
  if (fromExtension) return handedOver(signIn);
  return offerToken(signIn);
}

// An invitation that a new account was made with is used up already.
async function accept(signIn) {
  const body = { secret: invitation };
  await call("POST", "/api/v1/invitations/accept", { body, token: signIn.access_token }).catch(() => {});
}

function handedOver(signIn) {
  show(["signed-in"], "You are signed in", `The browser extension has been told that you are ${nameOf(signIn)}. You can close this tab.`);
  element("continue").hidden = true;
}

// Whoever signs in without the extension wants to try the API, which asks for the token.
function offerToken(signIn) {
  show(["signed-in"], "You are signed in", `You are ${nameOf(signIn)}.`);
  element("continue").hidden = true;
  element("token-part").hidden = false;
  element("token").value = signIn.access_token;
  element("token").focus();
}

function offerToContinue(signIn) {
  show(["signed-in"], `Continue as ${nameOf(signIn)}?`);
  element("continue").hidden = false;
  element("continue").focus();
}

function nameOf(signIn) {
  return signIn.user.display_name || signIn.user.username;
}

async function askForConsent(signIn) {
  let consent;
  try {
    consent = await call("GET", `${AUTH}/oauth/authorize?${query}`, { token: signIn && signIn.access_token });
  } catch (error) {
    if (error.status === 401) return forget();
    show([], "This request cannot be granted", "Nobody was told anything about you. Start again from the extension.");
    return tell(error);
  }
  if (consent.redirect_to) return location.assign(consent.redirect_to);
  const who = consent.user.display_name || consent.user.username;
  show(["consent"], `Connect ${consent.client_name}?`, `You are signed in as ${who}. It will be able to:`);
  const asked = consent.scope.split(" ").filter((scope) => SCOPES[scope]).map((scope) => SCOPES[scope]);
  const lines = ["See your name and e-mail address", ...asked];
  element("scopes").replaceChildren(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
}

async function decide(form) {
  const signIn = stored();
  const body = { approved: form.get("approved") === "yes", ...Object.fromEntries(query) };
  const answer = await call("POST", `${AUTH}/oauth/authorize`, { body, token: signIn && signIn.access_token });
  location.assign(answer.redirect_to);
}

// A sign-in may have ended elsewhere; the extension must not be handed one that did.
async function isAlive(signIn) {
  try {
    await call("GET", `${AUTH}/me`, { token: signIn.access_token });
    return true;
  } catch (error) {
    return error.status !== 401;
  }
}

function forget() {
  localStorage.removeItem(KEY);
  askToSignIn();
}

// Ends the sign-in on the server too; when that fails, the browser forgets it all the same.
async function switchAccount() {
  const signIn = stored();
  if (signIn) await call("POST", `${AUTH}/logout`, { token: signIn.access_token }).catch(() => {});
  forget();
}

function connect() {
  onSubmit(element("login"), async (form) => {
    await signedIn(await call("POST", `${AUTH}/login`, { body: Object.fromEntries(form) }));
  });
  onSubmit(element("register"), async (form) => {
    const body = { ...Object.fromEntries(form), invitation };
    await signedIn(await call("POST", `${AUTH}/register`, { body }));
  });
  onSubmit(element("dev"), async (form) => {
    await signedIn(await call("POST", `${AUTH}/dev-login`, { body: Object.fromEntries(form) }));
  });
  onSubmit(element("consent"), decide);
  element("token").addEventListener("focus", () => element("token").select());
  element("continue").addEventListener("click", () => signedIn(stored()));
  element("switch").addEventListener("click", switchAccount);
  element("consent-switch").addEventListener("click", switchAccount);
  for (const button of document.querySelectorAll("[data-show]")) {
    button.addEventListener("click", () => (button.dataset.show === "login" ? askToSignIn() : askToRegister()));
  }
}

async function start() {
  connect();
  try {
    config = await call("GET", `${AUTH}/config`);
  } catch (error) {
    show([], "Sign-in is not available");
    return tell(error);
  }
  element("setup").hidden = !config.setup_token_required;
  const mayRegister = config.supports_registration || (invitation && config.supports_invitations);
  element("to-register").hidden = !mayRegister || config.setup_required;
  element("to-login").hidden = config.setup_required;
  const signIn = stored();
  if (isConsentPage && (signIn || !config.auth_required)) return askForConsent(signIn);
  if (signIn && (await isAlive(signIn))) return offerToContinue(signIn);
  return askToSignIn();
}

start();
