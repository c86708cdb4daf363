"""Episodes of SkyRL's environment made by its own registry; prints what each step returned.

Run by the trainers' environment: python step_in_skyrl.py URL
"""

import json
import sys

import skyrl_gym
from skyrl_gym.envs import register

from assay.domain.errors import RewardError

PROMPT = [{"role": "user", "content": "What is 12 * 12?"}]


def main(url: str) -> None:
    register(id="assay", entry_point="assay.client.trainers.skyrl:RewardServiceEnv")
    found = []
    for answer in ("It is \\boxed{144}.", "It is \\boxed{146}."):
        extras = {"reward_spec": {"ground_truth": "144"}, "domain": "math"}
        env = skyrl_gym.make("assay", env_config={"url": url}, extras=extras)
        prompt, _ = env.init(PROMPT)
        found.append({"prompt": prompt, **env.step(answer), "metrics": env.get_metrics()})
        env.close()
    env = skyrl_gym.make("assay", env_config={"url": url}, extras={"domain": "general_chat"})
    env.init(PROMPT)
    try:
        env.step("Blue.")
    except RewardError as exc:
        found.append({"error": str(exc)})
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
