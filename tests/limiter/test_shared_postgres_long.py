"""The rest of the promises of a limit shared through PostgreSQL: the tests of the one in Redis, minutes of them."""

from __future__ import annotations

import pytest

from tests.limiter.test_shared import (
    simulate,
    test_a_page_s_calls_pass_the_bulk_work_of_every_process_however_many_there_are,
    test_an_outage_in_step_with_the_server_s_windows_gets_nothing_refused,
    test_bulk_work_of_all_processes_keeps_a_tenth_in_turns_while_interactive_calls_would_take_all,
    test_four_processes_keep_every_promise_of_one,
    test_more_processes_than_may_reserve_ahead_take_turns,
    test_no_more_than_four_slots_lie_ahead_also_where_tokens_are_what_is_missing,
    test_pages_that_fan_out_beside_bulk_work_get_nothing_refused_and_cost_it_nothing,
    test_requests_that_arrive_after_we_gave_up_on_them_are_still_within_the_limit,
    test_what_a_killed_process_held_comes_back_after_its_lease,
)
from tests.limiter.test_shared import (
    test_a_redis_that_was_gone_and_remembers_lets_everybody_go_on as test_a_database_that_was_gone_and_remembers_lets_everybody_go_on,
)
from tests.limiter.test_shared_postgres import store_url

__all__ = [
    "simulate",
    "store_url",
    "test_a_database_that_was_gone_and_remembers_lets_everybody_go_on",
    "test_a_page_s_calls_pass_the_bulk_work_of_every_process_however_many_there_are",
    "test_an_outage_in_step_with_the_server_s_windows_gets_nothing_refused",
    "test_bulk_work_of_all_processes_keeps_a_tenth_in_turns_while_interactive_calls_would_take_all",
    "test_four_processes_keep_every_promise_of_one",
    "test_more_processes_than_may_reserve_ahead_take_turns",
    "test_no_more_than_four_slots_lie_ahead_also_where_tokens_are_what_is_missing",
    "test_pages_that_fan_out_beside_bulk_work_get_nothing_refused_and_cost_it_nothing",
    "test_requests_that_arrive_after_we_gave_up_on_them_are_still_within_the_limit",
    "test_what_a_killed_process_held_comes_back_after_its_lease",
]


pytestmark = pytest.mark.nightly
