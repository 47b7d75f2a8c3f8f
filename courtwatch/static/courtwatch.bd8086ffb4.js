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
