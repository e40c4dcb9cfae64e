// SPDX-License-Identifier: Apache-2.0
// How each consent manager is set up, as its documentation says: what a page carries for it, how it wants what waits for consent
// to be marked up, and where its parts are in the page. Their own code is nowhere here: it comes from their npm packages.

import { cookies } from './site.mjs';

const PRIVACY = '/shop/privacy';
const json = JSON.stringify;

// A cookie as Klaro and Orejime want to be told of it: with its path and domain, where it has one of its own.
const placed = ({ name, path, domain }) => (domain ? [name, path ?? '/', domain] : path ? [name, path] : name);

// A control of the site's own, for managers that bring none.
const link = (code) => `<footer><button id="reopen" type="button" onclick="${code}">Gérer les cookies</button></footer>`;

export const ours = {
    id: 'ours', name: 'this project',
    whole: '#vp-box', banner: '#vp-box.vp-ask', accept: '#vp-box .vp-form [value=accept]', refuse: '#vp-box .vp-form [value=refuse]',
    openPanel: ['#vp-box .vp-more > summary', '#vp-box .vp-more a'], panel: 'dialog.vp-own',
    withdraw: ['#vp-box .vp-head', '#vp-box [value=withdraw]'], reloads: true, choice: 'eu-consent', own: '/_privacy/', control: true,
};

export const tarteaucitron = {
    id: 'tarteaucitron', name: 'tarteaucitron', package: 'tarteaucitronjs', source: 'README.md',
    head: () => `<script src="/m/tarteaucitronjs/tarteaucitron.min.js"></script>
<script>tarteaucitron.events.load = function () { window.ready = true; }; tarteaucitron.init(${json({ privacyUrl: PRIVACY, ...tarteaucitron.options })});</script>`,
    foot: (trackers) => `<script>
tarteaucitron.services.mytracker = { key: 'mytracker', type: 'analytic', name: 'Tracker', needConsent: true, cookies: ${json(cookies.map(({ name }) => name))},
    js: function () { tarteaucitron.addScript('${trackers.at('stat.js')}'); tarteaucitron.addScript('/app.js'); } };
(tarteaucitron.job = tarteaucitron.job || []).push('mytracker');
tarteaucitron.job.push('iframe');
</script>`,
    mark: (trackers) => ({ stat: '', late: '', film: `<div class="tac_iframe" title="Film" width="560" height="315" url="${trackers.at('film')}"></div>` }),
    ready: true, // it listens to its buttons half a second after it shows them
    options: {}, harder: { DenyAllCta: false }, harderName: '`DenyAllCta: false`',
    whole: '#tarteaucitronRoot', banner: '#tarteaucitronAlertBig', accept: '#tarteaucitronPersonalize2', refuse: '#tarteaucitronAllDenied2',
    openPanel: ['#tarteaucitronCloseAlert'], panel: '#tarteaucitron',
    withdraw: ['#tarteaucitronManager', '#tarteaucitronAllDenied', '#tarteaucitronClosePanel'], reloads: true, choice: 'tarteaucitron', own: '/m/tarteaucitronjs/', control: true,
};

export const klaro = {
    id: 'klaro', name: 'Klaro', package: 'klaro', source: 'README.md, dist/config.js',
    head: () => `<script>var klaroConfig = ${json({
        version: 1, acceptAll: true, ...klaro.options, translations: { zz: { privacyPolicyUrl: PRIVACY }, fr: { purposes: { analytics: 'Mesure', video: 'Vidéos' } } },
        services: [
            { name: 'tracker', title: 'Tracker', purposes: ['analytics'], cookies: cookies.map(placed) },
            { name: 'film', title: 'Film', purposes: ['video'] },
        ],
    })};</script><script defer src="/m/klaro/dist/klaro.js"></script>`,
    foot: () => link('klaro.show()'),
    mark: (trackers) => ({
        stat: `<script type="text/plain" data-type="text/javascript" data-name="tracker" data-src="${trackers.at('stat.js')}"></script>`,
        late: '<script type="text/plain" data-type="text/javascript" data-name="tracker" data-src="/app.js"></script>',
        film: `<iframe data-name="film" data-src="${trackers.at('film')}" title="Film" width="560" height="315"></iframe>`,
    }),
    options: {}, harder: { hideDeclineAll: true }, harderName: '`hideDeclineAll: true`',
    whole: '#klaro', banner: '#klaro .cookie-notice', accept: '#klaro .cookie-notice .cm-btn-success', refuse: '#klaro .cookie-notice .cn-decline',
    openPanel: ['#klaro .cn-learn-more'], panel: '#klaro .cookie-modal',
    withdraw: ['#reopen', '#klaro .cm-toggle-all label', '#klaro .cm-btn-accept'], choice: 'klaro', own: '/m/klaro/', control: false,
};

export const vanilla = {
    id: 'vanilla', name: 'vanilla-cookieconsent', package: 'vanilla-cookieconsent', source: 'types/index.d.ts',
    head: () => '<link rel="stylesheet" href="/m/vanilla-cookieconsent/dist/cookieconsent.css">',
    foot: () => `<footer><button id="reopen" type="button" data-cc="show-preferencesModal">Gérer les cookies</button></footer>
<script src="/m/vanilla-cookieconsent/dist/cookieconsent.umd.js"></script><script>CookieConsent.run(${json({
        hideFromBots: false, // the browser of a test says that it is one
        ...vanilla.options,
        categories: {
            necessary: { enabled: true, readOnly: true },
            analytics: { autoClear: { cookies: cookies.map(({ name, path, domain }) => ({ name, path, domain })) } },
        },
        language: { default: 'fr', translations: { fr: {
            consentModal: { title: 'Cookies', description: 'Ce site fait appel à des tiers.', acceptAllBtn: 'Tout accepter', ...vanilla.refusing, showPreferencesBtn: 'Personnaliser' },
            preferencesModal: { title: 'Préférences', acceptAllBtn: 'Tout accepter', acceptNecessaryBtn: 'Tout refuser', savePreferencesBtn: 'Enregistrer', closeIconLabel: 'Fermer',
                sections: [{ title: 'Nécessaires', description: 'Panier.', linkedCategory: 'necessary' }, { title: 'Mesure', description: 'Visites.', linkedCategory: 'analytics' }] },
        } } },
    })});</script>`,
    mark: (trackers) => ({
        stat: `<script type="text/plain" data-category="analytics" data-src="${trackers.at('stat.js')}"></script>`,
        late: '<script type="text/plain" data-category="analytics" data-src="/app.js"></script>',
        film: `<div id="film"></div><script type="text/plain" data-category="analytics">document.getElementById('film').innerHTML =
            '<iframe src="${trackers.at('film')}" title="Film" width="560" height="315"></iframe>';</script>`,
    }),
    options: {}, refusing: { acceptNecessaryBtn: 'Tout refuser' }, harderName: 'no `acceptNecessaryBtn`',
    harder: {}, harderRefusing: {},
    whole: '#cc-main', banner: '#cc-main .cm', accept: '#cc-main .cm [data-role=all]', refuse: '#cc-main .cm [data-role=necessary]',
    openPanel: ['#cc-main .cm [data-role=show]'], panel: '#cc-main .pm',
    withdraw: ['#reopen', '#cc-main .pm [data-role=necessary]'], choice: 'cc_cookie', own: '/m/vanilla-cookieconsent/', control: false,
};

export const orejime = {
    id: 'orejime', name: 'Orejime', package: 'orejime', source: 'README.md',
    head: () => `<script>window.orejimeConfig = ${json({
        privacyPolicyUrl: PRIVACY, ...orejime.options,
        purposes: [
            { id: 'tracker', title: 'Mesure', description: 'Visites.', cookies: cookies.map(placed) },
            { id: 'film', title: 'Vidéos', description: 'Films.', cookies: [] },
        ],
    })};</script>
<script src="/m/orejime/dist/orejime-standard-fr.js"></script><link rel="stylesheet" href="/m/orejime/dist/orejime-standard.css">`,
    foot: () => link('orejime.prompt()'),
    mark: (trackers) => ({
        stat: `<template data-purpose="tracker"><script src="${trackers.at('stat.js')}"></script></template>`,
        late: '<template data-purpose="tracker"><script src="/app.js"></script></template>',
        film: `<template data-purpose="film" data-contextual><iframe src="${trackers.at('film')}" title="Film" width="560" height="315"></iframe></template>`,
    }),
    options: {}, harder: { translations: { banner: { accept: 'Tout accepter et continuer', decline: 'Non' } } }, harderName: 'any `translations`',
    whole: '.orejime-Env', banner: '.orejime-Banner', accept: '.orejime-Banner-saveButton', refuse: '.orejime-Banner-declineButton',
    openPanel: ['.orejime-Banner-learnMoreButton'], panel: '.orejime-Modal',
    withdraw: ['#reopen', '.orejime-PurposeToggles-disableAll', '.orejime-Modal-saveButton'], choice: 'eu-consent', own: '/m/orejime/', control: false,
};

export const others = [tarteaucitron, klaro, vanilla, orejime];
