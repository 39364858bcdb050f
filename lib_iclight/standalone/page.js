// Connects the live picture of javascript/ic_light_live_picture.js with the page's controls.
//
// gradio draws its page whenever it likes, and calls these functions from its events (page.py).

(function () {
    "use strict";

    const TAB = "txt2img";

    let livePicture = null;
    let light = null;
    let newValues = null;
    let scene = null;
    let shownKey = null;

    const BACKENDS = {
        webgl2: "Drawn in this browser.",
        panorama: "Drawn by the server, as the light is a panorama's.",
        server: "Drawn by the server: this browser has no WebGL2.",
    };

    function showMessage(sentence) {
        document.querySelector("#ic_light_live .ic-message").textContent = sentence;
    }

    /** The live picture in the page as it is now. */
    function getLivePicture() {
        const place = document.querySelector("#ic_light_live .ic-live-picture");
        if (!livePicture || livePicture.element !== place) {
            livePicture = new window.ICLight.LivePicture(place, {
                onChange(values) {
                    newValues = { ...light.options, ...values };
                    document.querySelector("#ic_light_picked").click();
                },
                onMessage: showMessage,
            });
        }
        return livePicture;
    }

    /** The picture that the server has opened, or why it has not. It is shown here where the light is no lamps'. */
    async function showScene() {
        const live = document.querySelector("#ic_light_live");
        const hasLamps = !light || light.options.light === "lamps";
        live.classList.toggle("ic-away", hasLamps);
        if (hasLamps || !scene || scene.key === shownKey) return;
        const { key, message } = scene;
        live.classList.toggle("ic-empty", !key);
        showMessage(message);
        shownKey = key;
        if (!key) return;
        const picture = getLivePicture();
        if (await picture.open("ic-light/", key)) showBackend();
    }

    /** Who draws. */
    function showBackend() {
        const isPanorama = light && light.options.light === "panorama";
        showMessage(BACKENDS[isPanorama ? "panorama" : getLivePicture().backend]);
    }

    const saveAs = async (name, url) => window.ICLight.elements.save(name, await (await fetch(url)).blob());

    const page = {
        open(text) {
            scene = JSON.parse(text);
            return showScene();
        },

        /** Show it in the light of the panel, or why that cannot be. */
        show(text) {
            const { message, ...described } = JSON.parse(text);
            if (message) {
                // Where lamps were the light, their canvas is no longer there.
                document.querySelector("#ic_light_live").classList.remove("ic-away");
                showMessage(message);
                return;
            }
            light = described;
            if (light.options.light !== "lamps") {
                getLivePicture().show(light);
                if (scene && scene.key) showBackend();
            }
            return showScene();
        },

        /** Save the first of the pictures that were made as a file of the person's. */
        save: (pictures) => saveAs("ic-light.png", pictures[0].image.url),

        /** Save the zip of those that were lit together, where any was. */
        saveArchive: (archive) => archive && saveAs("ic-light.zip", archive.url),

        /** Whether a picture is being made. */
        setBusy(isBusy) {
            const made = document.querySelector("#ic_light_generate") || document.querySelector("#ic_light_save");
            made.setAttribute("aria-busy", isBusy);
            return [];
        },

        giveSubject: (picture) => window.ICLight.giveFiles(findOpen(), [picture]),

        /** What was set by hand, for the panel: the values of these options. */
        getNewValues() {
            const set = ["light", "light_angle", "light_x", "light_y", "panorama_rotation"];
            return set.map((name) => newValues[name]);
        },
    };

    const findOpen = () => document.querySelector("#ic_light_open input[type=file]");

    const UNREAD = "IC-Light: that is no picture that is read: give PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF or HEIC.";
    // Browsers know no type of what their system has no program for, as of telephones' photos.
    const ENDINGS = /\.(png|jpe?g|webp|gif|bmp|tiff?|avif|hei[cf])$/i;
    const DRAWING = "image/svg+xml";
    const isPicture = ({ name, type }) => (type ? type.startsWith("image/") && type !== DRAWING : ENDINGS.test(name));
    // gradio takes none without a type.
    const withType = (file) => (file.type ? file : new File([file], file.name, { type: `image/${ENDINGS.exec(file.name)[1]}` }));

    /**
     * Pictures that are dropped or pasted anywhere are opened, and so is a file with a set-up. Anything else that is dropped
     * the browser would open in place of the page, and what was made there would be lost.
     */
    function openFiles(event, transfer) {
        const files = [...(transfer ? transfer.files : [])];
        const isLink = event.type === "drop" && [...transfer.types].includes("text/uri-list");
        if (!(files.length || isLink) || !findOpen()) return;
        // The boxes of the fold take their own, and so does the canvas where one file is dropped on it.
        const boxes = ["[data-testid='image']", "[id$='_ic_light_panorama']", files.length === 1 ? ".ic-light-picture" : null];
        const texts = files.length && event.type === "drop" ? null : "textarea, input";
        if (event.target.closest?.([...boxes, texts].filter(Boolean).join())) return;
        event.preventDefault();
        event.stopPropagation();
        const pictures = files.filter(isPicture).map(withType);
        const { placing } = window.ICLight.getPanel(TAB).editor || {};
        // One more subject beside those that are placed, which another subject would end.
        if (pictures.length === 1 && placing?.isOn) placing.add(pictures[0]);
        else if (pictures.length) window.ICLight.giveFiles(findOpen(), pictures);
        else if (files.length === 1 && files[0].name.toLowerCase().endsWith(".json")) {
            window.ICLight.getPanel(TAB).outputs.openDropped(files[0]);
        } else sayInView(UNREAD);
    }

    /** Below what is seen: the canvas, or the picture in a light that is no lamps'. */
    function sayInView(sentence) {
        if (light && light.options.light !== "lamps") showMessage(sentence);
        else window.ICLight.getPanel(TAB).showMessage(sentence);
    }

    // The light outlives a reload, in its tab: pictures do not.
    const KEPT = "ic-light-lamps";

    addEventListener("pagehide", () => {
        const { editor } = window.ICLight.getPanel(TAB);
        if (editor) sessionStorage.setItem(KEPT, JSON.stringify(editor.state));
    });

    /** Set the lamps that this tab had, once there is a light to be set. */
    async function takeKeptLamps() {
        const kept = sessionStorage.getItem(KEPT);
        sessionStorage.removeItem(KEPT);
        while (kept && !window.ICLight.getPanel(TAB).editor?.isFollowing) {
            await new Promise((done) => requestAnimationFrame(done));
        }
        const { editor } = window.ICLight.getPanel(TAB);
        const values = kept && editor.check(JSON.parse(kept));
        if (values) editor.applyPreset(values);
    }

    addEventListener("dragover", (event) => event.preventDefault());
    addEventListener("drop", (event) => openFiles(event, event.dataTransfer), true);
    addEventListener("paste", (event) => openFiles(event, event.clipboardData), true);

    window.ICLight = Object.assign(window.ICLight || {}, { page });
    takeKeptLamps();
})();
