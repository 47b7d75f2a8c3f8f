/* Courtwatch works without this file; it only saves people trouble. */
(function () {
  'use strict'

  /* `autofocus` moves the focus to the error summary in most browsers; this is for the others. */
  var summary = document.querySelector('[data-error-summary]')
  if (summary && document.activeElement !== summary) summary.focus()

  /* A link of the summary puts the cursor into the field and its label into view. */
  if (summary) {
    summary.addEventListener('click', function (event) {
      var link = event.target.closest('a[href^="#"]')
      if (!link) return
      var field = document.getElementById(decodeURIComponent(link.hash.slice(1)))
      if (!field) return
      event.preventDefault()
      var top = field.closest('fieldset') || document.querySelector('label[for="' + CSS.escape(field.id) + '"]')
      if (top) top.scrollIntoView()
      field.focus({ preventScroll: true })
    })
  }

  /* A second press on a slow line sends nothing; the server would refuse it by its submission id. */
  document.addEventListener('submit', function (event) {
    var form = event.target
    if (form.method !== 'post') return
    if (form.dataset.sent) event.preventDefault()
    form.dataset.sent = '1'
    setTimeout(function () { delete form.dataset.sent }, 5000)
  })
})()
;
/*
 * Offers cases while somebody types into a case picker (templates/components/picker.jinja2).
 * Without it the field is plain text, and the page that answers lists what may be meant.
 *
 * The WAI-ARIA combobox with a list: focus stays in the field, arrows move, Enter takes, Escape
 * closes. What is typed is a name: it is posted and stands in no address.
 */
(function () {
  'use strict'

  var PAUSE = 250
  var number = 0

  function enough (text) {
    return text.length > 1 || /[^\u0000-\u007f]/.test(text)
  }

  function picker (box) {
    var input = box.querySelector('input')
    var form = input.form
    var token = form && form.elements.csrf_token
    if (!token || !window.fetch || !window.AbortController) return
    var id = 'case-picker-' + (++number)
    var words = box.dataset
    var list = document.createElement('ul')
    var status = document.createElement('div')
    var chosen = document.createElement('p')
    var cases = []
    var active = -1
    var timer = 0
    var asking = null
    var taken = ''

    list.id = id
    list.className = 'cw-picker__list'
    list.hidden = true
    list.setAttribute('role', 'listbox')
    list.setAttribute('aria-label', words.list)
    status.setAttribute('role', 'status')
    chosen.className = 'govuk-body-s cw-picker__chosen'
    chosen.id = id + '-chosen'
    chosen.hidden = true
    input.setAttribute('role', 'combobox')
    input.setAttribute('aria-autocomplete', 'list')
    input.setAttribute('aria-controls', id)
    input.setAttribute('aria-expanded', 'false')
    input.setAttribute('autocapitalize', 'none')
    input.setAttribute('spellcheck', 'false')
    input.setAttribute('aria-describedby', ((input.getAttribute('aria-describedby') || '') + ' ' + chosen.id).trim())
    say('')
    input.after(list, status, chosen)

    /* How many fit is seen in the list; that none does is said to everybody. */
    function say (text, seen) {
      status.className = seen ? 'govuk-body-s cw-picker__chosen' : 'govuk-visually-hidden'
      status.textContent = text
    }

    function close () {
      list.hidden = true
      active = -1
      input.setAttribute('aria-expanded', 'false')
      input.removeAttribute('aria-activedescendant')
    }

    /* What was asked before is answered too late: forget it. */
    function forget () {
      clearTimeout(timer)
      if (asking) asking.abort()
      asking = null
    }

    function move (to) {
      var options = list.children
      if (active >= 0) options[active].setAttribute('aria-selected', 'false')
      active = (to + options.length) % options.length
      options[active].setAttribute('aria-selected', 'true')
      options[active].scrollIntoView({ block: 'nearest' })
      input.setAttribute('aria-activedescendant', options[active].id)
    }

    function take (index) {
      var one = cases[index]
      forget()
      close()
      input.value = taken = one.code
      chosen.textContent = words.chosen + ' ' + one.title + ' – ' + one.detail
      chosen.hidden = false
      if (form.hasAttribute('data-go')) form.requestSubmit()
    }

    function show (answer) {
      cases = answer.cases
      close()
      list.replaceChildren.apply(list, cases.map(function (one, index) {
        var option = document.createElement('li')
        var title = document.createElement('span')
        var detail = document.createElement('span')
        option.id = id + '-' + index
        option.className = 'cw-picker__option'
        option.setAttribute('role', 'option')
        option.setAttribute('aria-selected', 'false')
        title.className = 'cw-picker__title'
        title.textContent = one.title
        detail.className = 'cw-picker__detail'
        detail.textContent = one.detail
        option.append(title, ' ', detail)
        option.addEventListener('click', function () { take(index) })
        return option
      }))
      if (cases.length) {
        list.hidden = false
        input.setAttribute('aria-expanded', 'true')
      }
      if (!cases.length) say(words.none, true)
      else if (cases.length === 1 && !answer.more) say(words.one)
      else say((answer.more ? words.more : words.some).replace('%s', cases.length))
    }

    function ask () {
      var typed = input.value.trim()
      var mine = asking = new AbortController()
      var body = new URLSearchParams()
      body.set('csrf_token', token.value)
      body.set('typed', typed)
      fetch(words.casePicker, { method: 'POST', body: body, signal: mine.signal, headers: { Accept: 'application/json' } })
        .then(function (answer) {
          if (!answer.ok) throw new Error(answer.status)
          return answer.json()
        })
        .then(function (answer) {
          if (asking !== mine || document.activeElement !== input) return
          asking = null
          show(answer)
        })
        .catch(function () {
          if (asking === mine) close()
        })
    }

    function changed (event) {
      forget()
      /* A syllable that is still being composed is no text yet. */
      if (event.isComposing) return
      if (input.value !== taken) {
        taken = ''
        chosen.hidden = true
        chosen.textContent = ''
      }
      if (!enough(input.value.trim())) {
        say('')
        return close()
      }
      timer = setTimeout(ask, PAUSE)
    }

    input.addEventListener('input', changed)
    input.addEventListener('compositionend', changed)
    input.addEventListener('blur', function () { forget(); close() })
    /* Pressing an option must not take the focus out of the field before the click arrives. */
    list.addEventListener('mousedown', function (event) { event.preventDefault() })
    input.addEventListener('keydown', function (event) {
      if (event.isComposing || event.keyCode === 229 || event.altKey || event.ctrlKey || event.metaKey) return
      if (event.key === 'Escape' && !list.hidden) {
        event.preventDefault()
        forget()
        close()
      } else if (event.key === 'Enter' && active >= 0) {
        event.preventDefault()
        take(active)
      } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
        if (list.hidden) {
          if (event.key === 'ArrowDown' && enough(input.value.trim())) {
            event.preventDefault()
            forget()
            ask()
          }
          return
        }
        event.preventDefault()
        move(event.key === 'ArrowDown' ? active + 1 : active < 0 ? -1 : active - 1)
      }
    })
  }

  document.querySelectorAll('[data-case-picker]').forEach(picker)
})()
