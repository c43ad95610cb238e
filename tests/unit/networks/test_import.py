"""The import of Keras leaves out what umbra does not use of it, which took a third of its time."""

import subprocess
import sys


def _run(program: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_optional_packages_are_not_imported_with_keras_and_can_be_imported_later():
    found = _run(
        "import sys, umbra.networks, keras\n"
        "unused = {'sklearn'} if keras.backend.backend() == 'jax' else {'jax', 'sklearn'}\n"
        "print(*unused & set(sys.modules))\n"
        "import sklearn, matplotlib\n"
        "print(sklearn.__name__, matplotlib.__name__)\n"
    )
    assert found == ["sklearn", "matplotlib"]


def test_a_package_that_is_imported_already_stays():
    found = _run("import sklearn, sys, umbra.networks\nprint(sys.modules['sklearn'] is sklearn)\n")
    assert found == ["True"]
