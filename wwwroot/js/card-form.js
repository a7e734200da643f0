// The payment provider's card form. Its script comes from the provider alone, and only when somebody adds a card.
const source = "https://js.stripe.com/v3/";
let provider = null;
let elements = null;

function load() {
  return new Promise((resolve) => {
    if (window.Stripe) {
      resolve(true);
      return;
    }
    const script = document.createElement("script");
    script.src = source;
    script.onload = () => resolve(true);
    script.onerror = () => resolve(false);
    document.head.append(script);
  });
}

/** Shows the form in the frame; false when the provider's script cannot be loaded. */
export async function mount(key, clientSecret, frame) {
  if (!(await load())) return false;
  provider = window.Stripe(key);
  const dark = document.documentElement.dataset.theme === "dark";
  elements = provider.elements({ clientSecret, appearance: { theme: dark ? "night" : "stripe" } });
  elements.create("payment").mount(frame);
  return true;
}

/** Saves the card; the provider's words when it refuses, else null. */
export async function save(returnUrl) {
  const { error } = await provider.confirmSetup({
    elements,
    confirmParams: { return_url: returnUrl },
    redirect: "if_required",
  });
  return error ? error.message : null;
}
