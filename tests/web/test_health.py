from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

RULES = """
rules:
  - id: good
    triggers: [{trigger: memory_created}]
    actions: [{action: omi.reply, data: {message: Hello there}}]
"""


def samples(shared) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    families = text_string_to_metric_families(shared.get("/metrics").text)
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def test_it_lives(shared, is_json_object):
    answer = shared.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert is_json_object(answer)


def test_it_is_ready_with_the_number_of_problems_and_no_details(shared, is_json_object):
    (shared.folder / "rules" / "broken.yaml").write_text("rules:\n  - id: x\n    secret_thing: 1\n")
    try:
        for _ in range(200):
            answer = shared.get("/readyz")
            if answer.json()["problems"]:
                break
        assert answer.status_code == 200
        assert answer.json() == {"ready": True, "database": True, "rules": 1, "problems": answer.json()["problems"]}
        assert answer.json()["problems"] >= 1
        assert is_json_object(answer)
        assert "secret_thing" not in answer.text
        assert "secret_thing" in str(shared.api("problems"))
        assert samples(shared)["omiflow_rules_problems", frozenset()] == answer.json()["problems"]
    finally:
        (shared.folder / "rules" / "broken.yaml").unlink()


def test_the_metrics_can_be_parsed_and_count(shared):
    accepted = ("omiflow_events_total", frozenset({("event", "memory_created"), ("outcome", "accepted")}))
    before = samples(shared).get(accepted, 0)
    assert shared.post("memory_created", {"id": "counted"}).json() == {"message": "Hello there"}
    after = samples(shared)
    assert after[accepted] == before + 1
    assert after["omiflow_store_commits", frozenset()] >= 1
    assert after["omiflow_store_waiting", frozenset()] == 0
    assert after["omiflow_runs_total", frozenset({("state", "answered")})] >= 1


def test_the_metrics_name_their_type_as_prometheus_reads_it(shared):
    kind = shared.get("/metrics").headers["content-type"]
    assert kind.startswith("text/plain")
    assert kind.count("charset") == 1
