// Snapshots of a light stage's mixer: mixes that a person keeps under a name, each with its picture.
//
// new ICLight.StageSnapshots(mixer, say) has an `element`; draw() shows those that fit the basis which the mixer has. They
// stay in the browser, and travel as a file; `say` is told why a file is none.

(function () {
    "use strict";

    const KEPT_AS = "ic-light-stage-snapshots";
    const FILE = "ic-light-mixes.json";
    const LARGEST = 1 << 20;
    const WIDE = 96;

    const isLamp = (lamp) => lamp && Number.isFinite(lamp.intensity) && /^#[0-9a-f]{6}$/i.test(lamp.color);

    function make({ mix }) {
        const isWhole = mix && ["exposure", "white_kelvin", "white_tint"].every((key) => Number.isFinite(mix[key]));
        return isWhole && Array.isArray(mix.lamps) && mix.lamps.every(isLamp) ? { mix } : null;
    }

    class StageSnapshots {
        constructor(mixer, say) {
            const { create, createButton, createWord, createSpace, createRow } = window.ICLight.elements;
            this.mixer = mixer;
            this.say = say;
            this.kept = new window.ICLight.KeptList(KEPT_AS, make);
            const button = (label, title, act) => createButton(title, act, createWord(label));
            this.file = create("input", { type: "file", accept: ".json", hidden: "", onchange: () => this.read() });
            this.cards = create("div", { class: "ic-light-row ic-light-stage-cards", role: "list", "aria-label": "Snapshots" });
            const buttons = [
                button("Export", "Save all snapshots as a file", () => this.save()),
                button("Import", "Add the snapshots of a file", () => this.file.click()),
                button("Snapshot", "Keep this mix", () => this.add()),
            ];
            this.element = create("div", {}, createRow(createWord("Snapshots"), createSpace(), ...buttons, this.file), this.cards);
        }

        add() {
            const numbers = this.kept.recall().map(({ label }) => Number(label.match(/\d+$/)?.[0] || 0));
            const label = window.ICLight.elements.phrase("Mix {}", Math.max(0, ...numbers) + 1);
            this.change(() => this.kept.add({ label, mix: this.mixer.mix }));
        }

        change(act) {
            act();
            this.draw();
        }

        save() {
            const text = `${JSON.stringify(this.kept.recall(), null, 1)}\n`;
            window.ICLight.elements.save(FILE, new Blob([text], { type: "application/json" }));
        }

        async read() {
            const [file] = this.file.files;
            this.file.value = "";
            const found = file.size > LARGEST ? [] : this.kept.parse(await file.text());
            if (!found.length) this.say(window.ICLight.elements.translate("The file has no snapshots: give one that was exported here."));
            this.change(() => this.kept.add(...found));
        }

        draw() {
            const { mixer } = this;
            const fitting = this.kept.list.filter(({ mix }) => mix.lamps.length === mixer.mix.lamps.length);
            this.cards.replaceChildren(...fitting.map((snapshot) => this.createCard(snapshot)));
            mixer.show();
        }

        createCard({ label, mix }) {
            const { create, createButton, createWord, phrase } = window.ICLight.elements;
            const { mixer } = this;
            mixer.draw(mix);
            const { shown } = mixer;
            const picture = create("canvas", { "aria-hidden": "true" });
            Object.assign(picture, { width: WIDE, height: Math.max(Math.round((WIDE * shown.height) / shown.width), 1) });
            picture.getContext("2d").drawImage(shown, 0, 0, picture.width, picture.height);
            const take = createButton("Take this mix", () => mixer.set(mix), picture);
            take.setAttribute("aria-label", label);
            const name = create("input", { type: "text", class: "ic-light-name", maxlength: 40, title: "Name of the snapshot", "aria-label": "Name of the snapshot" });
            name.value = label;
            name.addEventListener("change", () => this.change(() => this.kept.rename(label, name.value)));
            const remove = createButton("Delete this snapshot", () => this.change(() => this.kept.remove(label)), createWord("Remove"));
            remove.setAttribute("aria-label", phrase("Remove {}", label));
            return create("div", { class: "ic-light-stage-card", role: "listitem" }, take, name, remove);
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { StageSnapshots });
})();
