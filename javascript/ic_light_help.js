// The list of the editor's keys and gestures, over the page.
//
// new ICLight.Help(element, editor) has open() and close(); it is in the element only while it is open.

(function () {
    "use strict";

    class Help {
        constructor(element, editor) {
            this.element = element;
            this.editor = editor;
            this.dialog = null;
        }

        has(element) {
            return Boolean(this.dialog) && this.dialog.contains(element);
        }

        /** The browser keeps the keyboard in it, and afterwards gives it back to where it was. */
        open() {
            if (this.dialog) return;
            const { create, createWord, createActionButton, createSpace } = window.ICLight.elements;
            const { byName, list } = window.ICLight.actions;
            const heading = createHeading(2, byName.openHelp.title);
            const close = createActionButton(byName.closeHelp, this.editor);
            const sections = list().filter(({ focus }) => focus !== "picture").map(createSection);
            this.dialog = create(
                "dialog",
                { class: "ic-light-help", "aria-label": byName.openHelp.title, onclose: () => this.close() },
                create("div", { class: "ic-light-row" }, heading, createSpace(), close),
                ...sections,
                create("div", { class: "ic-light-note" }, createWord("A finger works as the mouse does.")),
            );
            this.element.append(this.dialog);
            this.dialog.showModal();
        }

        /** Also where the browser has closed it by itself. */
        close() {
            if (!this.dialog) return;
            const { dialog } = this;
            this.dialog = null;
            dialog.close();
            dialog.remove();
        }
    }

    /** gradio takes the place for prose, and has a style of its own for headings there. */
    function createHeading(level, text) {
        const given = { class: "ic-light-heading", role: "heading", "aria-level": level };
        return window.ICLight.elements.create("div", given, text);
    }

    function createSection({ heading, actions }) {
        const { create } = window.ICLight.elements;
        return create("section", {}, createHeading(3, heading), create("dl", {}, ...actions.map(createEntry)));
    }

    function createEntry({ title, gesture, keys }) {
        const { create } = window.ICLight.elements;
        const gestures = gesture ? [gesture] : [];
        const combinations = keys.map((parts) => create("span", {}, ...parts.map(createKey)));
        return create(
            "div",
            { class: "ic-light-entry" },
            create("dt", {}, title),
            create("dd", {}, ...gestures),
            create("dd", { class: "ic-light-keys" }, ...combinations),
        );
    }

    /** Keys are called in every language as they are. */
    function createKey(name) {
        const given = name.includes(" ") ? {} : { translate: "no" };
        return window.ICLight.elements.create("kbd", given, name);
    }

    window.ICLight = Object.assign(window.ICLight || {}, { Help });
})();
