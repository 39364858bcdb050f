// What is seen behind a cut-out subject: grey, squares, the light map or the background picture.
//
// new ICLight.Ground(element) puts it into the element; show(...) what it shall be.

(function () {
    "use strict";

    const GROUNDS = [
        ["grey", "Grey", "The subject before grey"],
        ["checker", "Checker", "The subject before grey squares"],
        ["map", "Light map", "The subject before the light map"],
        ["picture", "Background", "The subject before the background picture"],
    ];

    class Ground {
        constructor(element) {
            const { create } = window.ICLight.elements;
            this.element = element;
            this.lightMap = new window.ICLight.LightMap();
            this.picture = create("img", { class: "ic-light-ground", alt: "", draggable: "false", hidden: "" });
            element.append(this.lightMap.canvas, this.picture);
        }

        /** @param {?Object} picture {address, isFlipped} of the background picture, where there is one */
        show(ground, { lamps, ambient }, proportion, picture = null) {
            const { setAttribute } = window.ICLight.elements;
            setAttribute(this.element, "data-ground", ground);
            if (ground === "map") this.lightMap.show(lamps, ambient, proportion);
            this.picture.hidden = ground !== "picture" || !picture;
            if (this.picture.hidden) return;
            setAttribute(this.picture, "src", picture.address);
            this.picture.classList.toggle("ic-light-flipped", picture.isFlipped);
        }
    }

    const has = (editor, ground) => ground !== "picture" || Boolean(editor.mode && editor.mode.background);

    window.ICLight = window.ICLight || {};
    window.ICLight.moreActions = Object.assign(window.ICLight.moreActions || {}, {
        grounds: () =>
            GROUNDS.map(([ground, label, title]) => ({
                ...{ name: `${ground}Ground`, label, title },
                enabled: (editor) => has(editor, ground),
                pressed: ({ mode }) => Boolean(mode) && mode.shell.ground === ground,
                run: ({ mode }) => mode.shell.setGround(ground),
            })),
    });

    /** The buttons for some of them, in a row. */
    function createGrounds(toolbar, ...grounds) {
        const { create, createWord, createSpace, createRow } = window.ICLight.elements;
        const buttons = grounds.map((ground) => toolbar.createButton(`${ground}Ground`));
        const given = { class: "ic-light-views", role: "group", "aria-label": "Shown over" };
        return createRow(createWord("Shown over"), createSpace(), create("div", given, ...buttons));
    }

    Object.assign(window.ICLight, { Ground, createGrounds });
})();
