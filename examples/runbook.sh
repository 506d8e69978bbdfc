#!/usr/bin/env bash
# A runbook for the day an administrator is locked out: rehearse, reset into custody, look at what else is missing.
#
#   examples/runbook.sh USER FOLDER
#
# Signs in as the environment says (AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, or ADMIN_RESET_TOKEN). FOLDER must be
# on a disk that outlives this job; the new password ends up in FOLDER/USER.txt, readable by this user alone. TICKET is kept in
# the journal. The exit code is the one of admin-reset.
set -euo pipefail

user=${1:?name the user}
folder=${2:?name the folder for the new password}
ticket=${TICKET:-none}

umask 077
mkdir -p "$folder"
# The journal belongs beside the password: it tells what was sent and what came of it.
export ADMIN_RESET_STATE_DIR=${ADMIN_RESET_STATE_DIR:-$folder/state}

# 1. Rehearse on the real tenant: all reads and checks, nothing changed. Ends here with 3, 5 or 6 when it cannot work.
admin-reset reset-user "$user" --dry-run

# 2. Reset. The file holds the password before the account is touched; it stays when the outcome is not known (exit 8).
status=0
admin-reset reset-user "$user" --secret-to "file:$folder/$user.txt" --confirm "$user" --ticket "$ticket" -o json || status=$?
case $status in
  0) echo "done: the password in $folder/$user.txt is in force" >&2 ;;
  8)
    echo "partly done or not certain, the report says which: keep $folder/$user.txt and look at the account" >&2
    exit 8
    ;;
  *)
    echo "nothing was changed" >&2
    exit "$status"
    ;;
esac

# 3. Could the user help themselves next time? 10 means that something is missing, 11 that it could not be read; both are advice here.
admin-reset check-security-info "$user" --require email,phone || [ $? = 10 ] || [ $? = 11 ]

# 4. Is there an account for emergencies? Shown as a plan only: creating one is a decision, not a step of a runbook.
admin-reset create-admin --dry-run || echo "no plan for an emergency account with these permissions" >&2
