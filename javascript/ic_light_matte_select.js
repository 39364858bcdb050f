// Two further tools of the matte's editor: points and boxes that say what is meant, of which the server makes the matte.
//
// A step of the matte that was selected knows its points and its box, and the next point is added to those: whoever undoes
// a step is back at its points, and whoever has painted since begins anew.

(function () {
    "use strict";

    // A box that is smaller, as a share of the picture, is a slip of the hand.
    const LEAST_BOX = 0.01;

    // By step of a matte's history: {points: [[x, y, isKept]], box: [left, top, right, bottom] or null}, all 0..1.
    const asked = new WeakMap();

    /** The levels of a matte in a PNG, white on what is selected. */
    async function readLevels(text, width, height) {
        const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
        const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
        const canvas = window.ICLight.elements.create("canvas", { width, height });
        const context = canvas.getContext("2d");
        context.drawImage(picture, 0, 0, width, height);
        const { data } = context.getImageData(0, 0, width, height);
        return Uint8Array.from({ length: width * height }, (_, at) => data[4 * at]);
    }

    /** What a pointer that is down asks for: one request at a time, and then what it has come to since. */
    class Selection {
        constructor(editor) {
            this.editor = editor;
            this.matte = editor.matte;
            this.begun = asked.get(this.matte.history.current) || { points: [], box: null };
            this.wanted = this.step = null;
            this.isBusy = false;
        }

        /** Whether the matte is still the one that is edited. */
        get isCurrent() {
            return this.editor.isOn && this.editor.matte === this.matte;
        }

        async ask(wanted) {
            this.wanted = wanted;
            if (this.isBusy) return;
            this.isBusy = true;
            try {
                while (this.wanted && this.isCurrent) {
                    const now = this.wanted;
                    this.wanted = null;
                    await this.show(now, await this.fetchLevels(now));
                }
            } catch (error) {
                this.editor.editor.onMessage(error.message);
            } finally {
                this.isBusy = false;
            }
        }

        async fetchLevels(now) {
            const { renderer, whole: key } = this.editor.editor;
            const [base] = renderer.opened;
            const headers = { "Content-Type": "application/json" };
            const request = { method: "POST", headers, body: JSON.stringify(now) };
            const answer = await window.ICLight.fetchAnswer(`${base}select/${key}`, request);
            return readLevels((await answer.json()).mask, this.matte.width, this.matte.height);
        }

        /** All that one pointer has done is one step. */
        show(now, levels) {
            if (!this.isCurrent) return;
            const { history } = this.matte;
            if (this.step && history.current === this.step) this.matte.moveInHistory(-1);
            const before = history.current;
            this.editor.replace(levels);
            this.step = history.current === before ? null : history.current;
            if (this.step) asked.set(this.step, now);
            this.editor.editor.onMessage("");
        }
    }

    const share = ({ matte }, [x, y]) => {
        return [x / matte.width, y / matte.height].map((part) => window.ICLight.lamps.clamp(part, 0, 1));
    };

    let selection = null;

    const pick = {
        label: "Select",
        title: "Click on what is subject, and it is found as a whole",
        gesture: "Click the picture, or drag to see what is found; with Alt on what is not subject",
        keys: { S: null },
        isBrush: false,
        press(editor, at, isOther) {
            selection = new Selection(editor);
            this.drag(editor, at, at, isOther);
        },
        drag(editor, from, to, isOther) {
            const { points, box } = selection.begun;
            selection.ask({ points: [...points, [...share(editor, to), !isOther]], box });
        },
        lift() {},
    };

    const enclose = {
        label: "Box",
        title: "Draw a box around what is subject",
        gesture: "Drag from one corner to the other",
        keys: { X: null },
        isBrush: false,
        press(editor, at) {
            selection = new Selection(editor);
            this.corner = this.other = share(editor, at);
        },
        drag(editor, from, to) {
            this.other = share(editor, to);
        },
        lift() {
            const [left, right] = [this.corner[0], this.other[0]].sort((a, b) => a - b);
            const [top, bottom] = [this.corner[1], this.other[1]].sort((a, b) => a - b);
            if (right - left < LEAST_BOX || bottom - top < LEAST_BOX) return;
            selection.ask({ points: [], box: [left, top, right, bottom] });
        },
    };

    window.ICLight = window.ICLight || {};
    window.ICLight.matteTools = { ...window.ICLight.matteTools, select: pick, box: enclose };
})();
