// Snapshots of a light stage's mixer: mixes that a person keeps, each with its picture, kept by the browser.
//
// new ICLight.StageSnapshots(mixer) has an `element`; draw() shows those that fit the basis which the mixer has.

(function () {
    "use strict";

    const KEPT_AS = "ic-light-stage-snapshots";
    const MOST = 48;
    const WIDE = 96;

    const isLamp = (lamp) => lamp && Number.isFinite(lamp.intensity) && /^#[0-9a-f]{6}$/i.test(lamp.color);

    /** Whether it is one that a mixer has kept: the browser's storage may hold anything. */
    function isSnapshot(one) {
        const { label, mix } = one || {};
        const isWhole = mix && ["exposure", "white_kelvin", "white_tint"].every((key) => Number.isFinite(mix[key]));
        return typeof label === "string" && isWhole && Array.isArray(mix.lamps) && mix.lamps.every(isLamp);
    }

    function recall() {
        try {
            const found = JSON.parse(localStorage.getItem(KEPT_AS) || "[]");
            return Array.isArray(found) ? found.filter(isSnapshot) : [];
        } catch {
            return [];
        }
    }

    class StageSnapshots {
        constructor(mixer) {
            const { create, createButton, createWord, createSpace, createRow } = window.ICLight.elements;
            this.mixer = mixer;
            this.list = recall();
            const keep = createButton("Keep this mix", () => this.add(), createWord("Snapshot"));
            this.cards = create("div", { class: "ic-light-row ic-light-stage-cards", role: "list", "aria-label": "Snapshots" });
            this.element = create("div", {}, createRow(createWord("Snapshots"), createSpace(), keep), this.cards);
        }

        add() {
            // Another tab's mixer may have added some.
            this.list = recall();
            const numbers = this.list.map(({ label }) => Number(label.match(/\d+$/)?.[0] || 0));
            const label = window.ICLight.elements.phrase("Mix {}", Math.max(0, ...numbers) + 1);
            this.keep([...this.list, { label, mix: this.mixer.mix }].slice(-MOST));
        }

        keep(list) {
            this.list = list;
            try {
                localStorage.setItem(KEPT_AS, JSON.stringify(list));
            } catch (error) {
                // A browser may keep nothing at all: they last as long as the page.
                if (!(error instanceof DOMException)) throw error;
            }
            this.draw();
        }

        draw() {
            const { mixer } = this;
            const fitting = this.list.filter(({ mix }) => mix.lamps?.length === mixer.mix.lamps.length);
            this.cards.replaceChildren(...fitting.map((snapshot) => this.createCard(snapshot)));
            mixer.show();
        }

        createCard(snapshot) {
            const { create, createButton, createWord, phrase } = window.ICLight.elements;
            const { mixer } = this;
            const text = JSON.stringify(snapshot);
            const isSame = (one) => JSON.stringify(one) === text;
            mixer.draw(snapshot.mix);
            const { shown } = mixer;
            const picture = create("canvas", { "aria-hidden": "true" });
            Object.assign(picture, { width: WIDE, height: Math.max(Math.round((WIDE * shown.height) / shown.width), 1) });
            picture.getContext("2d").drawImage(shown, 0, 0, picture.width, picture.height);
            const take = createButton("Take this mix", () => mixer.set(snapshot.mix), picture);
            take.setAttribute("aria-label", snapshot.label);
            const name = create("input", { type: "text", class: "ic-light-name", maxlength: 40, title: "Name of the snapshot", "aria-label": "Name of the snapshot" });
            name.value = snapshot.label;
            name.addEventListener("change", () => {
                const label = name.value.trim() || snapshot.label;
                this.keep(recall().map((one) => (isSame(one) ? { ...one, label } : one)));
            });
            const remove = createButton("Delete this snapshot", () => this.keep(recall().filter((one) => !isSame(one))), createWord("Remove"));
            remove.setAttribute("aria-label", phrase("Remove {}", snapshot.label));
            return create("div", { class: "ic-light-stage-card", role: "listitem" }, take, name, remove);
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { StageSnapshots });
})();
